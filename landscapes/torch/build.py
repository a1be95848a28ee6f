"""From a model and its data to a landscape."""

import copy
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import torch

from landscapes.errors import InputError, find
from landscapes.landscape import Domain, Landscape, Trajectory
from landscapes.network.frame import stretch
from landscapes.network.samples import PlaneSamples
from landscapes.network.scan import PlaneLoss, scan
from landscapes.network.weights import WeightSpace
from landscapes.progress import follow, write_progress
from landscapes.sampled import GridField
from landscapes.survey import Floats, count_holes, survey
from landscapes.torch.batches import read_batches
from landscapes.torch.evaluate import PlaneEvaluator, measure_loss
from landscapes.torch.perceptron import recognise
from landscapes.torch.planes import DIRECTIONS, Direction, Map, Subject
from landscapes.torch.weights import copy_model, read_checkpoint, stack

_STATISTICS = ("fixed", "recomputed")
_PROBES = np.array([[0.0, 0.37, -0.81], [0.0, -0.61, 0.23]])
"""Where ways to compute are compared, in halves of the map from its middle."""
_CLOSE = 1e-4
"""How far the model may be off what our own engine makes of it, as a share of the loss: PyTorch sums in float32."""


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


def build(
    model: Any, loss: Callable[..., Any], data: Iterable[Any], checkpoints: Sequence[Any], wishes: Wishes
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
    what = f"scanning {title}"
    if exact is None:
        field = GridField(survey(evaluate, domain, wishes.resolution, what), domain)
    else:
        with follow(what, wishes.resolution**2, write_progress) as note:
            field = scan(exact, domain, wishes.resolution, note=note)
    return Landscape(
        name=title,
        title=title,
        about=f"{own.size:,} weights; {direction.about}",
        source="a PyTorch model of yours",
        domain=domain,
        field=field,
        trajectory=_project(subject, laid, states) if states and direction.is_path else None,
        notes=(*_tell(subject, laid, direction, wishes), *count_holes(field.values)),
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
    theirs, ours = evaluate.ask_plainly(evaluate.probes), exact.value(evaluate.probes)
    return exact if np.allclose(theirs, ours, rtol=_CLOSE, atol=1e-6) else None


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
