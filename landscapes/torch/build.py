"""From a model and its data to a landscape."""

import copy
import dataclasses
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Executor
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch

from landscapes.delivery import Here
from landscapes.errors import InputError, find
from landscapes.files.sheet import Sheet
from landscapes.landscape import Domain, Landscape, Trajectory
from landscapes.network.frame import stretch
from landscapes.network.keep import pack
from landscapes.network.samples import PlaneSamples
from landscapes.network.scan import PlaneLoss, scan
from landscapes.network.weights import WeightSpace
from landscapes.progress import follow, write_progress
from landscapes.refine import Gap, refine, tell_gaps
from landscapes.sampled import GridField
from landscapes.torch.batches import read_batches
from landscapes.torch.evaluate import PlaneEvaluator, measure_loss
from landscapes.torch.key import name_scan
from landscapes.torch.perceptron import recognise
from landscapes.torch.planes import DIRECTIONS, Direction, Map, Subject
from landscapes.torch.weights import Floats, copy_model, read_checkpoint, stack

_STATISTICS = ("fixed", "recomputed")
_PROBES = np.array([[0.0, 0.37, -0.81], [0.0, -0.61, 0.23]])
"""Where ways to compute are compared, in halves of the map from its middle."""
_CLOSE = 1e-4
"""How far the model may be off what our own engine makes of it, as a share of the loss: PyTorch sums in float32."""


_WORK = 2**28
"""Weights times samples times grid points of a chunk: some tenths of a second."""
_MOST = 64
"""Grid points of a chunk, where the model does not take more at once."""


class Wishes(NamedTuple):
    """What a user may say of a surface; see ``from_torch``."""

    directions: str
    resolution: int
    span: float
    seed: int
    biases: bool
    batch_norm: str
    device: Any
    title: str


class Course(NamedTuple):
    """How a surface comes about, whatever it is: who evaluates, where it is kept, what else names it, who watches."""

    executor: Executor | None
    folder: Path | None
    also: str
    on_level: Callable[[Sheet], None] | None


def build(
    model: Any,
    loss: Callable[..., Any],
    data: Iterable[Any],
    checkpoints: Sequence[Any],
    wishes: Wishes,
    course: Course,
) -> Landscape:
    """The landscape; see ``from_torch``."""
    direction = find("directions", wishes.directions, DIRECTIONS)
    _check(loss, wishes)
    device = choose_device(model, wishes.device)
    title = wishes.title or type(getattr(model, "_orig_mod", model)).__name__
    copied, weights = copy_model(model, device)
    loss = loss.to(device) if isinstance(loss, torch.nn.Module) and list(loss.buffers()) else loss
    batches = read_batches(data, device)
    states = [read_checkpoint(one, number, copied, weights) for number, one in enumerate(checkpoints, 1)]
    own = weights.flatten(copied.state_dict())
    with torch.no_grad():
        start, again = (measure_loss(copied, loss, batches) for _ in range(2))
    _check_start(start, again)
    path = own[np.newaxis]
    if states:
        before = stack(weights, states)
        path = np.concatenate([before if (before[-1] != own).any() else before[:-1], path])
    subject = Subject(copied, loss, batches, weights, own, start, path, wishes.biases, wishes.seed)
    laid = direction.lay(subject)
    domain = stretch(laid.domain, wishes.span)
    evaluate = PlaneEvaluator(
        copied, loss, batches, weights, laid.span, _place_probes(domain), wishes.batch_norm == "recomputed"
    )
    exact = _take_over(subject, laid, evaluate)
    about = f"{own.size:,} weights; {direction.about}"
    way = _project(subject, laid, states) if states and direction.is_path else None
    told = _tell(subject, laid, direction, wishes)
    gaps: list[Gap] = []

    def show(sheet: Sheet) -> None:
        if course.on_level:
            network = pack(exact) if exact else {}
            notes = _join_notes(told, sheet.notes)
            whole = dataclasses.replace(
                sheet, about=f"{title}: {about}", network=network, trajectory=way, notes=notes
            )
            course.on_level(whole)

    with follow(f"scanning {title}", wishes.resolution**2, write_progress) as note:
        run: dict[str, Any] = {"note": note, "on_level": show, "on_gap": gaps.append, "folder": course.folder}
        if exact:
            field = scan(exact, domain, wishes.resolution, executor=course.executor, **run)
        else:
            key = name_scan(evaluate, course.also) if course.folder else ""
            size, executor = _find_size(subject, evaluate.stride), course.executor or Here()
            sheet = refine(evaluate, domain, wishes.resolution, key=key, size=size, executor=executor, **run)
            field = GridField(sheet.loss, domain)
    return Landscape(
        name=title,
        title=title,
        about=about,
        source="a PyTorch model of yours",
        domain=domain,
        field=field,
        trajectory=way,
        notes=_join_notes(told, tell_gaps(gaps)),
        **(_describe(exact, domain) if exact else {}),
    )


def choose_device(model: Any, wanted: Any = None) -> Any:
    """Where to compute: as wanted, or on the card if there is one.

    Raises:
        InputError: PyTorch has no such device.
    """
    if wanted is not None:
        try:
            torch.empty(1, device=wanted)
        except (RuntimeError, AssertionError) as error:
            raise InputError(f"no device {str(wanted)!r} here ({str(error).splitlines()[0][:120]})") from None
        return torch.device(wanted)
    if torch.cuda.is_available():
        return torch.device("cuda")
    # Apple's cards have no float64.
    wide = isinstance(model, torch.nn.Module) and any(
        one.dtype == torch.float64 for one in model.parameters()
    )
    return torch.device("mps" if torch.backends.mps.is_available() and not wide else "cpu")


def _check(loss: Callable[..., Any], wishes: Wishes) -> None:
    if wishes.batch_norm not in _STATISTICS:
        raise InputError(f"batch_norm must be {' or '.join(_STATISTICS)}, not {wishes.batch_norm!r}")
    if not 1e-6 <= wishes.span <= 1e6:
        raise InputError(f"span must be from 1e-06 to 1e+06, not {wishes.span:g}")
    if wishes.seed < 0:
        raise InputError(f"seed must be a whole number from 0 up, not {wishes.seed}")
    if not callable(loss):
        raise InputError(f"the loss must be a function of answers and targets, not a {type(loss).__name__}")
    if getattr(loss, "reduction", "mean") != "mean":
        raise InputError(f"the loss has reduction={loss.reduction!r}: take 'mean'")  # type: ignore[attr-defined]


def _check_start(start: float, again: float) -> None:
    if not np.isfinite(start):
        raise InputError(
            f"the loss of the model is {start}: there is nothing to look at; did the training diverge?"
        )
    if not np.isclose(start, again, rtol=1e-6):
        raise InputError(
            f"the same weights have the losses {start:.9g} and {again:.9g}: something in the model is random "
            "though it does not train, such as functional.dropout without training=self.training"
        )


def _place_probes(domain: Domain) -> Floats:
    x_min, x_max, y_min, y_max = domain
    middle, half = (
        np.array([[x_min + x_max], [y_min + y_max]]) / 2,
        np.array([[x_max - x_min], [y_max - y_min]]) / 2,
    )
    return np.asarray(middle + _PROBES * half)


def _take_over(subject: Subject, laid: Map, evaluate: PlaneEvaluator) -> PlaneLoss | None:
    """The plane for our own engine, if that has the model's losses at the probes."""
    exact = recognise(subject.model, subject.loss, subject.batches, subject.weights, laid.span)
    if exact is None:
        return None
    theirs, ours = evaluate.reference, exact.value(evaluate.probes)
    return exact if np.allclose(theirs, ours, rtol=_CLOSE, atol=1e-6) else None


def _find_size(subject: Subject, stride: int) -> int:
    """Grid points of a chunk, by what they cost and not by the clock: the same in every run."""
    cost = subject.origin.size * sum(batch.samples for batch in subject.batches)
    points = min(max(_WORK // cost, 1), _MOST)
    return stride * max(points // stride, 1)


def _join_notes(told: tuple[str, ...], gaps: tuple[str, ...]) -> tuple[str, ...]:
    """That there are gaps first of all, and a line for each at last."""
    return (*gaps[:1], *told, *gaps[1:])


def _describe(exact: PlaneLoss, domain: Domain) -> dict[str, Any]:
    return {
        "data": PlaneSamples(exact.plane, exact.data),
        "exact": exact,
        "weights": WeightSpace(exact.plane, exact.data, domain),
    }


def _project(subject: Subject, laid: Map, states: Sequence[Mapping[str, Any]]) -> Trajectory:
    """The checkpoints and at last the model itself, each with its own loss, statistics and all."""
    model, losses = copy.deepcopy(subject.model), [subject.start]
    with torch.no_grad():
        for state in states[: len(subject.path) - 1][::-1]:
            model.load_state_dict(state, strict=False)
            losses.append(measure_loss(model, subject.loss, subject.batches))
    xy, residual = laid.span.project(subject.path)
    return Trajectory(xy.astype(np.float64), residual.astype(np.float64), np.array(losses[::-1]))


def _tell(subject: Subject, laid: Map, direction: Direction, wishes: Wishes) -> tuple[str, ...]:
    """What was decided on the way, in sentences for the user."""
    kinds = {type(one).__name__ for one in subject.model.modules()}
    random = direction.name in ("filter", "layer", "random")
    norms = any(kind.startswith(("BatchNorm", "SyncBatchNorm")) for kind in kinds)
    told = (
        (bool(laid.known), laid.known),
        (random and not subject.biases, "Biases and the weights of norms do not move."),
        (subject.weights.frozen > 0, f"Frozen parameters do not move: {subject.weights.frozen:,}."),
        (any("Dropout" in kind for kind in kinds), "Dropout is off."),
        (norms and wishes.batch_norm == "fixed", "Batch-norm has the model's own statistics everywhere."),
        (
            norms and wishes.batch_norm != "fixed",
            "Batch-norm has the statistics of the data, anew at every point.",
        ),
    )
    return tuple(line for wanted, line in told if wanted)
