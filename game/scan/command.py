"""The command: from what users ask for to a file."""

import dataclasses
from collections.abc import Callable
from concurrent.futures import Executor
from pathlib import Path
from typing import NamedTuple, TypeVar

import numpy as np
import numpy.typing as npt

from game.report import blame, draft_of, progress
from game.scan.subject import RESOLUTION, Say, Subject, find_subject, require
from game.workers import Workers, find_workers, persist
from landscapes.errors import InputError
from landscapes.files import FORMATS, Format, Sheet, make_sheet
from landscapes.network.data import Dataset
from landscapes.network.frame import stretch
from landscapes.network.insight import Score, judge
from landscapes.network.keep import pack
from landscapes.network.mlp import Network, forward
from landscapes.network.scan import Errors, measure_errors, scan, scan_samples
from landscapes.network.store import find_folder
from landscapes.refine import Gap, tell_gaps
from landscapes.sampled import GridField

Kind = TypeVar("Kind")

_ROOM, _POINT, _SAMPLE = 20_000_000, 200, 20
"""Bytes to work in, for each grid point and its spline, and for each sample there: float32, and twice float64 on the
way into the file."""


class Result(NamedTuple):
    """What came of a scan; ``test`` is ``None`` where there are no such samples, ``notes`` say what went wrong."""

    subject: Subject
    field: GridField
    train: Score
    test: Score | None
    errors: Errors
    notes: tuple[str, ...] = ()


class ScanInterrupted(KeyboardInterrupt):
    """A scan was interrupted; the message is one line on how far it was."""


def scan_to_file(
    spec: str,
    output: Path,
    *,
    hidden: str | None = None,
    activation: str | None = None,
    plane: str | None = None,
    optimizer: str | None = None,
    lr: float | None = None,
    steps: int | None = None,
    batch_size: int | None = None,
    seed: int | None = None,
    target: str | None = None,
    span: float = 1.0,
    resolution: int | None = None,
    executor: str = "threads",
    samples: bool = False,
    folder: Path | None = None,
    say: Say = lambda _: None,
) -> Result:
    """Compute the loss of a network over a plane and write it to a file; the same for the same arguments.

    Args:
        spec: a ready-made network, which has its plane; or else a data set or a table to train one on. A name that is
            both is the ready-made one, unless something is said about the training.
        output: the file; its ending says which format.
        hidden: this and what follows: see ``Training``.
        activation: see there.
        plane: see there.
        optimizer: see there.
        lr: see there.
        steps: see there.
        batch_size: see there.
        seed: see there.
        target: see there.
        span: how far the map reaches, 1 is as far as the plane suggests.
        resolution: grid points along each side; 128, or what the ready-made network has, if ``None``.
        executor: as ``find_workers`` takes it; the numbers are the same.
        samples: whether the file is to hold the loss of every sample, so that minibatches of any size can be had.
        folder: where finished parts are kept; the user's cache if ``None``.
        say: told in one line what is about to be computed, and what memory it takes.

    Raises:
        InputError: anything of this cannot be; one line.
        RecordingError: the place cannot be written.
        ScanInterrupted: by the user; finished parts are kept.
    """
    asked = {
        "hidden": hidden,
        "activation": activation,
        "plane": plane,
        "optimizer": optimizer,
        "lr": lr,
        "steps": steps,
        "batch_size": batch_size,
        "seed": seed,
        "target": target,
    }
    asked = {name: value for name, value in asked.items() if value is not None}
    form = find_format(output, samples)
    workers = find_workers(executor)
    require("--span", span, 1e-6, 1e6)
    if resolution is not None:
        require("--resolution", resolution, 4, 4095)
    with draft_of(output) as draft:
        subject = find_subject(spec, asked, (resolution or RESOLUTION) if samples else None, say)
        subject = subject._replace(
            domain=stretch(subject.domain, span), resolution=resolution or subject.resolution
        )
        say(_announce(subject, samples))
        sheet, field = _scan(subject, workers, samples, folder or find_folder())
        with blame(output):
            assert form.write is not None
            form.write(draft, sheet)
    network, test = subject.loss.plane.origin, subject.test
    return Result(
        subject,
        field,
        _judge(network, subject.loss.data),
        _judge(network, test) if test else None,
        measure_errors(subject.loss, field, np.random.default_rng(0)),
        sheet.notes,
    )


def tell(result: Result) -> list[str]:
    """What came of it, in lines for the user."""
    errors = result.errors
    scores = [f"train {_tell_score(result.train)}"]
    scores += [f"test {_tell_score(result.test)}"] if result.test else []
    return [
        f"the network at (0, 0): {'; '.join(scores)}",
        *([f"the plane: {result.subject.known}"] if result.subject.known else []),
        tell_surface(result.field),
        f"beside the network itself the surface is off by at most {errors.largest_value:.1g} of its range "
        f"(median {errors.median_value:.1g}), its gradient by {errors.largest_gradient:.1g} of the largest "
        f"(median {errors.median_gradient:.1g})",
        *result.notes[:1],
    ]


def tell_surface(field: GridField) -> str:
    """What was sampled, in a line for the user."""
    (rows, columns), (x_min, x_max, y_min, y_max) = field.values.shape, field.domain
    heights = field.values[np.isfinite(field.values)]
    return (
        f"the surface: {columns} x {rows} points, x from {x_min:.4g} to {x_max:.4g}, "
        f"y from {y_min:.4g} to {y_max:.4g}, loss from {heights.min():.4g} to {heights.max():.4g}"
    )


def _judge(network: Network, data: Dataset) -> Score:
    return judge(network, forward(network, data.inputs)[-1], data.targets)


def _tell_score(score: Score) -> str:
    right = "" if score.accuracy is None else f", {score.accuracy:.1%} right"
    return f"loss {score.loss:.5g}{right}"


def find_format(path: Path, samples: bool) -> Format:
    """The format that a file of that name has, and that can hold ``samples`` if there are any.

    Raises:
        InputError: there is none.
    """
    forms = [form for form in FORMATS if form.write]
    form = next((form for form in forms if form.ending == path.suffix.lower()), None)
    if form is None:
        endings = " ".join(form.ending for form in forms)
        raise InputError(f"cannot write {path}: a surface needs one of the endings {endings}")
    if samples and form.ending not in _STACKED:
        raise InputError(f"{form.ending} holds one surface: for --samples take {' '.join(_STACKED)}")
    return form


_STACKED = (".npz", ".h5", ".vtp")
"""Formats that hold surfaces of samples."""


def _announce(subject: Subject, samples: bool) -> str:
    points, count = subject.resolution**2, subject.loss.data.targets.shape[-1]
    needed = _ROOM + points * (_POINT + (_SAMPLE * count if samples else 0))
    what = f"{count:,} samples at each of " if samples else ""
    return (
        f"{subject.title}: computing {what}{subject.resolution} x {subject.resolution} points; "
        f"that takes about {needed / 1e6:,.0f} MB of memory"
    )


def _scan(subject: Subject, workers: Workers, samples: bool, folder: Path | None) -> tuple[Sheet, GridField]:
    compute = scan_samples if samples else scan
    gaps: list[Gap] = []

    def attempt(
        executor: Executor | None, note: Callable[[int], None]
    ) -> GridField | npt.NDArray[np.float32]:
        gaps.clear()
        return compute(
            subject.loss,
            subject.domain,
            subject.resolution,
            folder=folder,
            executor=executor,
            note=note,
            on_gap=gaps.append,
        )

    surface = carry_through(attempt, workers, subject.resolution**2, folder is not None)
    values = surface.values if isinstance(surface, GridField) else surface
    sheet = dataclasses.replace(
        make_sheet(values, about=subject.title, domain=subject.domain),
        network=pack(subject.loss, subject.test),
        notes=tell_gaps(gaps),
    )
    return sheet, GridField(sheet.loss, subject.domain)


def carry_through(
    attempt: Callable[[Executor | None, Callable[[int], None]], Kind],
    workers: Workers,
    points: int,
    is_kept: bool,
) -> Kind:
    """Scan with a progress bar, and go on where a process is ended from outside.

    Args:
        attempt: given who computes, and what is to be told how many grid points are finished.
        workers: who computes.
        points: of the grid.
        is_kept: whether a further attempt finds what is finished.

    Raises:
        ScanInterrupted: by the user.
        InputError: a process is ended again and again; or as the attempt raises it.
    """
    done = 0
    try:
        with progress("scanning", points) as bar:

            def note(finished: int) -> None:
                nonlocal done
                done = finished
                bar(finished)

            def begin() -> Kind:
                with workers.open() as executor:
                    return attempt(executor, note)

            return persist(begin, lambda: done if is_kept else 0)
    except KeyboardInterrupt:
        again = "; the same command goes on from there" if is_kept else ""
        raise ScanInterrupted(f"interrupted after {done:,} of {points:,} grid points{again}") from None
