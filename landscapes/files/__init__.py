"""Surfaces in files: what other programs wrote becomes a landscape, and landscapes become files for other programs."""

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from landscapes.errors import InputError
from landscapes.files import arrays, hdf5, image, mesh, tables, vtk
from landscapes.files.regular import make_regular
from landscapes.files.sheet import Choice, Format, Sheet, make_sheet, tidy
from landscapes.landscape import Domain, Landscape
from landscapes.sampled import GridField, GridSamples, smooth

__all__ = [
    "FORMATS",
    "Choice",
    "Format",
    "Sheet",
    "draw_sheet",
    "find_writer",
    "make_sheet",
    "open_landscape",
    "read_sheet",
    "write_sheet",
]

FORMATS: tuple[Format, ...] = (
    Format(".npz", "numpy's arrays x, y, loss: our own", arrays.read_npz, arrays.write_npz),
    Format(".npy", "one of numpy's arrays", arrays.read_npy, None),
    Format(".csv", "a table of x, y, loss, or a matrix", tables.read_csv, tables.write_csv),
    Format(".json", "x, y, loss, a matrix or points", tables.read_json, None),
    Format(".h5", "HDF5, as Li et al. write it", hdf5.read, hdf5.write),
    Format(".vtp", "VTK's mesh, for ParaView", vtk.read, vtk.write),
    Format(".obj", "mesh, for Blender", mesh.read, mesh.write),
    Format(".png", "height map in 16 bits of grey", image.read, image.write),
)
"""All formats, in the order in which users see them."""

_NOTHING_SAID = Choice()

SHOWN_NOTES = 4
"""Of what a file says of how it was made, so many sentences are passed on; it may go on and on about single points."""
RESOLUTION = 256
"""Points along each axis of what is sampled, where nobody says otherwise."""

_LARGEST = 2_000_000_000
"""Bytes of a file that is worth opening."""


def read_sheet(path: Path, choice: Choice = _NOTHING_SAID) -> Sheet:
    """Read a surface from a file; its ending says how.

    Raises:
        InputError: there is no such file, or no surface in it; one line that begins with the path.
    """
    form = _find_format(path)
    try:
        if not path.is_file():
            raise InputError("no such file" if not path.exists() else "not a file")
        if path.stat().st_size > _LARGEST:
            raise InputError(f"larger than {_LARGEST:,} bytes: sample the surface coarser")
        return form.read(path, choice)
    except (InputError, OSError, MemoryError) as fault:
        raise _explain(path, fault) from None


def write_sheet(path: Path, sheet: Sheet) -> None:
    """Write a surface to a file; its ending says how. What was there is replaced.

    Raises:
        InputError: the ending is of no format that can be written, or the disk refuses; begins with the path.
    """
    write = find_writer(path)
    try:
        write(path, sheet)
    except (InputError, OSError, MemoryError) as fault:
        raise _explain(path, fault) from None


def draw_sheet(landscape: Landscape, resolution: int | None = None) -> Sheet:
    """A landscape as a file is to hold it, with its network, its trajectory and its notes.

    Args:
        landscape: any.
        resolution: points along each axis; without it those that it was sampled at, and ``RESOLUTION`` of any other.
    """
    about = landscape.about if landscape.title in landscape.about else f"{landscape.title}: {landscape.about}"
    if resolution is None and isinstance(landscape.field, GridField):
        sheet = make_sheet(landscape.field.values, about=about, domain=landscape.field.domain)
    else:
        xs, ys, loss = landscape.grid(resolution or RESOLUTION)
        sheet = make_sheet(loss, xs, ys, about=about)
    return dataclasses.replace(
        sheet, network=_pack_network(landscape), trajectory=landscape.trajectory, notes=landscape.notes
    )


def _pack_network(landscape: Landscape) -> dict[str, Any]:
    if landscape.exact is None:
        return {}
    from landscapes.network.keep import pack
    from landscapes.network.scan import PlaneLoss

    return pack(landscape.exact) if isinstance(landscape.exact, PlaneLoss) else {}


def find_writer(path: Path) -> Callable[[Path, Sheet], None]:
    """What writes files with the ending of this path, whatever the path it is then given.

    Raises:
        InputError: the ending is of no format that can be written; begins with the path.
    """
    form = _find_format(path)
    if form.write is None:
        known = " ".join(form.ending for form in FORMATS if form.write)
        raise InputError(f"{path}: {form.ending} is only read; write one of {known}")
    return form.write


def open_landscape(path: Path, choice: Choice = _NOTHING_SAID) -> Landscape:
    """The surface in a file as a landscape: the spline through it, and its layers as the samples if it has any.

    What had to be guessed or changed stands in ``notes``.

    Raises:
        InputError: as ``read_sheet``, or a surface that balls cannot roll on.
    """
    sheet = read_sheet(path, choice)
    try:
        values, domain, notes = make_regular(sheet)
        if choice.smooth:
            values = np.asarray(smooth(values, choice.smooth), np.float64)
        layers = GridSamples(values, domain) if values.ndim == 3 else None
        known = _describe_network(sheet, domain, choice)
        field = GridField(np.asarray(values.mean(axis=0)) if layers else values, domain)
    except (InputError, MemoryError) as fault:
        raise _explain(path, fault) from None
    size = f"{sheet.xs.size} x {sheet.ys.size} points" + (f" and {layers.count} layers" if layers else "")
    return Landscape(
        name=path.name,
        title=path.stem + (f", smoothed by {choice.smooth:g} cells" if choice.smooth else ""),
        about=f"{sheet.about}. {size}." if sheet.about else f"{size}.",
        source=str(path),
        domain=domain,
        field=field,
        relief="auto",
        **({"data": layers} | known),
        trajectory=sheet.trajectory,
        notes=(*sheet.guesses, *sheet.notes[:SHOWN_NOTES], *notes),
    )


def _describe_network(sheet: Sheet, domain: Domain, choice: Choice) -> dict[str, Any]:
    """What a landscape knows of the network that a file keeps; nothing where the surface is another one by now."""
    if not sheet.network or choice.smooth or choice.logarithmic:
        return {}
    from landscapes.network.keep import unpack
    from landscapes.network.samples import PlaneSamples
    from landscapes.network.weights import WeightSpace

    loss, test = unpack(sheet.network)
    return {
        "data": PlaneSamples(loss.plane, loss.data),
        "exact": loss,
        "weights": WeightSpace(loss.plane, loss.data, domain, test),
    }


def _find_format(path: Path) -> Format:
    for form in FORMATS:
        if form.ending == path.suffix.lower():
            return form
    known = " ".join(form.ending for form in FORMATS)
    raise InputError(tidy(f"{path}: no surface has the ending {path.suffix!r}; known are {known}", 600))


def _explain(path: Path, fault: Exception) -> InputError:
    """One line, whatever the file put into it."""
    reason = fault.strerror if isinstance(fault, OSError) and fault.strerror else str(fault)
    line = reason or "there is not enough memory for it"
    return InputError(tidy(line if line.startswith(str(path)) else f"{path}: {line}", 600))
