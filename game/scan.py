"""``downslope scan``: trains a network, lays a plane through its weights, and writes the loss over it to a file."""

import contextlib
import dataclasses
import math
import signal
from collections.abc import Callable, Mapping
from concurrent.futures import BrokenExecutor, Executor, ProcessPoolExecutor, ThreadPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np

from game.report import blame, draft_of, progress
from game.simulation.training import train
from landscapes.errors import InputError, find, unknown
from landscapes.files import FORMATS, Format, Sheet, make_sheet
from landscapes.landscape import Array, Domain
from landscapes.network.activations import ACTIVATIONS
from landscapes.network.data import DATASETS, Dataset, Split, Task, read_table, split
from landscapes.network.directions import span_minima, span_path
from landscapes.network.forward_mode import hessian_product
from landscapes.network.initialise import initialise
from landscapes.network.insight import Score, find_answer, tells_classes
from landscapes.network.keep import pack
from landscapes.network.lanczos import find_largest
from landscapes.network.mlp import Network, flatten, forward, losses, unflatten
from landscapes.network.outputs import BINARY_CROSS_ENTROPY, CROSS_ENTROPY, MEAN_SQUARED_ERROR, Loss
from landscapes.network.plane import Plane, draw_plane, make_plane
from landscapes.network.scan import Errors, PlaneLoss, check_room, measure_errors, scan, scan_samples
from landscapes.network.span import Span
from landscapes.network.store import find_folder
from landscapes.network.zoo import ZOO
from landscapes.sampled import GridField

Say = Callable[[str], None]

RESOLUTION = 128
"""Grid points along each side where nobody says otherwise."""
LOOKS = 100
"""At the weights while they are trained, where the plane is laid through their path."""
_MARGIN = 0.3
"""Of what a plane is to show, left around it on every side."""
_PRODUCTS = 300
"""Of the Hessian and a vector at most."""
_ROOM, _POINT, _SAMPLE = 20_000_000, 200, 20
"""Bytes to work in, for each grid point and its spline, and for each sample there: float32, and twice float64 on the
way into the file."""


class Lesson(NamedTuple):
    """Networks that were trained.

    Attributes:
        network: the first of them.
        data: what they learned from.
        start: all their weights before ``(k, p)``.
        end: and after.
        path: of the first one, as many looks as the plane asked for ``(looks, p)``.
        seed: of all that is random.
    """

    network: Network
    data: Dataset
    start: Array
    end: Array
    path: Array
    seed: int


class Map(NamedTuple):
    """A plane, how far to look along it, and in one line what is known of it."""

    plane: Plane
    domain: Domain
    known: str = ""


class Layout(NamedTuple):
    """A row of the table of planes.

    Attributes:
        name: what users type.
        about: one line of what it shows.
        lay: makes it.
        networks: how many it needs.
        looks: at the first network's weights while it is trained.
    """

    name: str
    about: str
    lay: Callable[[Lesson], Map]
    networks: int = 1
    looks: int = 0


class Workers(NamedTuple):
    """A row of the table of executors; ``open`` makes one for a ``with`` block, ``None`` stands for the default."""

    name: str
    about: str
    open: Callable[[], contextlib.AbstractContextManager[Executor | None]]


@dataclasses.dataclass(frozen=True)
class Training:
    """How the network is made; what users leave open is as here.

    Attributes:
        hidden: neurons of the hidden layers, such as ``64-32``, or ``none``.
        activation: what they do, by name.
        plane: by name.
        optimizer: by name.
        lr: its learning rate.
        steps: how many it takes.
        batch_size: samples that a step sees.
        seed: of the split, the first weights, the minibatches and the plane.
        target: the column of a table to predict; the last one if empty.
    """

    hidden: str = "16"
    activation: str = "tanh"
    plane: str = "filter"
    optimizer: str = "adam"
    lr: float = 0.01
    steps: int = 1000
    batch_size: int = 32
    seed: int = 0
    target: str = ""


class Subject(NamedTuple):
    """What is to be scanned.

    Attributes:
        title: of the surface.
        loss: over the plane.
        domain: of the map.
        resolution: that shows it well.
        test: samples that were not learned from, if there are any.
        known: one line about the plane, or none.
    """

    title: str
    loss: PlaneLoss
    domain: Domain
    resolution: int
    test: Dataset | None = None
    known: str = ""


class Result(NamedTuple):
    """What came of a scan; ``test`` is ``None`` where there are no such samples."""

    subject: Subject
    field: GridField
    train: Score
    test: Score | None
    errors: Errors


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
        executor: a name in ``EXECUTORS``; the numbers are the same.
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
    form = _find_format(output, samples)
    workers = find("executor", executor, EXECUTORS)
    _require("--span", span, 1e-6, 1e6)
    if resolution is not None:
        _require("--resolution", resolution, 4, 4095)
    with draft_of(output) as draft:
        subject = _find_subject(spec, asked, (resolution or RESOLUTION) if samples else None, say)
        subject = subject._replace(
            domain=_stretch(subject.domain, span), resolution=resolution or subject.resolution
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
    )


def tell(result: Result) -> list[str]:
    """What came of it, in lines for the user."""
    x_min, x_max, y_min, y_max = result.subject.domain
    heights, errors = result.field.values, result.errors
    heights = heights[np.isfinite(heights)]
    size = result.subject.resolution
    scores = [f"train {_tell_score(result.train)}"]
    scores += [f"test {_tell_score(result.test)}"] if result.test else []
    return [
        f"the network at (0, 0): {'; '.join(scores)}",
        *([f"the plane: {result.subject.known}"] if result.subject.known else []),
        f"the surface: {size} x {size} points, x from {x_min:.4g} to {x_max:.4g}, y from {y_min:.4g} to {y_max:.4g}, "
        f"loss from {heights.min():.4g} to {heights.max():.4g}",
        f"beside the network itself the surface is off by at most {errors.largest_value:.1g} of its range "
        f"(median {errors.median_value:.1g}), its gradient by {errors.largest_gradient:.1g} of the largest "
        f"(median {errors.median_gradient:.1g})",
    ]


def _judge(network: Network, data: Dataset) -> Score:
    answers = network.loss.answer(forward(network, data.inputs)[-1])
    loss = float(losses(network, *data).mean())
    if data.targets.ndim > 1 or not tells_classes(network, data.targets):
        return Score(loss, None)
    return Score(loss, float((find_answer(answers) == data.targets).mean()))


def _tell_score(score: Score) -> str:
    right = "" if score.accuracy is None else f", {score.accuracy:.1%} right"
    return f"loss {score.loss:.5g}{right}"


def _find_format(path: Path, samples: bool) -> Format:
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


def _find_subject(spec: str, asked: Mapping[str, Any], room: int | None, say: Say) -> Subject:
    """What users mean; ``room`` is the resolution at which all samples are to be held."""
    exhibits = {row.name: row for row in ZOO}
    loaders = {row.name: row for row in DATASETS}
    name = spec.lower()
    if name in exhibits and not (asked and name in loaders):
        if asked:
            options = ", ".join(f"--{option.replace('_', '-')}" for option in asked)
            raise InputError(f"{name} is trained already: leave {options} away, or name a data set")
        exhibit = exhibits[name]
        return Subject(
            exhibit.title, exhibit.loss(), exhibit.domain, exhibit.resolution, exhibit.samples().test
        )
    training = Training(**asked)
    _require("--seed", training.seed, 0, 2**63)
    if name in loaders:
        if training.target:
            raise InputError(f"{name} has one target: leave --target away")
        data = loaders[name].load(training.seed)
    elif spec.lower().endswith(".csv") or Path(spec).is_file():
        name = Path(spec).stem
        data = split(read_table(Path(spec), training.target or None), training.seed)
    else:
        known = dict.fromkeys([*exhibits, *loaders])
        raise unknown("network or data set", spec, known, f"{', '.join(known)}, or a table such as data.csv")
    return _learn(name, data, training, room, say)


def _learn(name: str, data: Split, training: Training, room: int | None, say: Say) -> Subject:
    """Train on a data set, and lay the plane."""
    layout = find("plane", training.plane, PLANES)
    network, start = _draw_networks(data, training, layout.networks)
    _require("--lr", training.lr, 0, 1e6)
    _require("--steps", training.steps, 1, 1e7)
    _require("--batch-size", training.batch_size, 1, 1e9)
    count = data.train.targets.size
    if room is not None:
        check_room(count, room)
    sizes = "-".join(str(size) for size in _list_sizes(network))
    title = f"{name} {sizes} {training.activation}"
    say(
        f"{name}: {count:,} samples to learn from, {data.test.targets.size if data.test else 0:,} to test; "
        f"network {sizes} {training.activation}, {start.shape[1]:,} weights; {network.loss.name}"
    )
    with progress("training", training.steps) as note:
        looks = [
            vectors.copy()
            for vectors in train(
                network,
                data.train,
                start,
                optimizer=training.optimizer,
                lr=training.lr,
                steps=training.steps,
                batch_size=training.batch_size,
                seed=training.seed,
                every=math.ceil(training.steps / layout.looks) if layout.looks else 0,
                note=note,
            )
        ]
    end = looks[-1]
    network = dataclasses.replace(network, layers=unflatten(end[0], network.layers))
    path = np.stack([vectors[0] for vectors in looks])
    laid = layout.lay(Lesson(network, data.train, start, end, path, training.seed))
    return Subject(
        f"{title}, {layout.name} plane",
        PlaneLoss(laid.plane, data.train),
        laid.domain,
        RESOLUTION,
        data.test,
        laid.known,
    )


def _draw_networks(data: Split, training: Training, count: int) -> tuple[Network, Array]:
    """The first of so many networks, and the first weights of all ``(count, p)``."""
    activation = find("activation", training.activation, ACTIVATIONS)
    scheme = "he-normal" if activation.name in _RECTIFIERS else "xavier-normal"
    outputs = max(len(data.classes), 1) if data.task == "classes" else 1
    sizes = (data.train.inputs.shape[0], *_read_sizes(training.hidden), outputs)
    layers = initialise(sizes, scheme, np.random.default_rng(training.seed), count)
    start = flatten(layers)
    network = Network(unflatten(start[0], layers), activation, _LOSSES[data.task])
    return network, start


_RECTIFIERS = ("relu", "leaky-relu", "gelu", "softplus")
"""Activations that need larger first weights."""
_LOSSES: Mapping[Task, Loss] = MappingProxyType(
    {"binary": BINARY_CROSS_ENTROPY, "classes": CROSS_ENTROPY, "regression": MEAN_SQUARED_ERROR}
)
_MOST_NEURONS = 10_000


def _read_sizes(text: str) -> list[int]:
    if text.lower() == "none":
        return []
    parts = text.split("-")
    if not all(part.isascii() and part.isdigit() and 1 <= int(part[:9]) <= _MOST_NEURONS for part in parts):
        raise InputError(
            f"--hidden must be numbers of neurons up to {_MOST_NEURONS:,}, such as 16 or 64-32, or none, "
            f"not {text[:60]!r}"
        )
    return [int(part) for part in parts]


def _list_sizes(network: Network) -> list[int]:
    return [network.layers[0].weight.shape[1], *(layer.bias.size for layer in network.layers)]


def _require(option: str, number: float, low: float, high: float) -> None:
    if not low <= number <= high:
        raise InputError(f"{option} must be from {low:,g} to {high:,g}, not {number:,}")


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
    points, done = subject.resolution**2, 0
    try:
        with progress("scanning", points) as bar, workers.open() as executor:

            def note(finished: int) -> None:
                nonlocal done
                done = finished
                bar(finished)

            surface = compute(
                subject.loss,
                subject.domain,
                subject.resolution,
                folder=folder,
                executor=executor,
                note=note,
            )
    except KeyboardInterrupt:
        again = "; the same command goes on from there" if folder else ""
        raise ScanInterrupted(f"interrupted after {done:,} of {points:,} grid points{again}") from None
    except BrokenExecutor:
        raise InputError(
            "a process was ended from outside: is memory short? take --executor threads"
        ) from None
    values = surface.values if isinstance(surface, GridField) else surface
    sheet = dataclasses.replace(
        make_sheet(values, about=subject.title, domain=subject.domain),
        network=pack(subject.loss, subject.test),
    )
    return sheet, GridField(sheet.loss, subject.domain)


def _ignore_interrupts() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _open_processes() -> ProcessPoolExecutor:
    # Started afresh, since what is forked may hold the locks of threads that it does not have. Interrupts reach all
    # processes of a terminal, and only the first is to act.
    return ProcessPoolExecutor(mp_context=get_context("spawn"), initializer=_ignore_interrupts)


EXECUTORS = (
    Workers("threads", "two threads", contextlib.nullcontext),
    Workers("processes", "as many processes as there are cores", _open_processes),
    Workers("serial", "one thread", partial(ThreadPoolExecutor, 1)),
)
"""All executors, in the order in which users see them."""


def _draw(lesson: Lesson, norm: str) -> Map:
    return Map(draw_plane(lesson.network, lesson.seed, norm), (-1.0, 1.0, -1.0, 1.0))


def _follow_path(lesson: Lesson) -> Map:
    span, shares = span_path(lesson.path)
    first, second = shares.tolist()
    known = f"shows {first + second:.1%} of the variance of the training path ({first:.1%} and {second:.1%})"
    return Map(make_plane(lesson.network, span), _frame(span.project(lesson.path).xy), known)


def _follow_curvature(lesson: Lesson) -> Map:
    """As far along both eigenvectors as the curvature alone would bring the loss up to where training began."""
    network, data = lesson.network, lesson.data

    def multiply(vector: Array) -> Array:
        return flatten(hessian_product(network, *data, unflatten(vector, network.layers)))

    found = find_largest(multiply, lesson.end.shape[1], lesson.seed, tolerance=1e-6, most=_PRODUCTS)
    before = dataclasses.replace(network, layers=unflatten(lesson.start[0], network.layers))
    rise = max(float(losses(one, *data).mean()) for one in (before, network))
    steepness = math.sqrt(abs(found.values[0] * found.values[1]))
    reach = math.sqrt(2 * rise / steepness) if rise and steepness else 1.0
    first, second = found.values.tolist()
    known = f"along the largest curvatures, eigenvalues {first:.6g} and {second:.6g} of the Hessian"
    plane = make_plane(network, Span(lesson.end[0], *found.vectors))
    return Map(plane, (-reach, reach, -reach, reach), known)


def _join_minima(lesson: Lesson) -> Map:
    span = span_minima(*lesson.end)
    plane = make_plane(lesson.network, span)
    xy = span.project(lesson.end).xy
    found = PlaneLoss(plane, lesson.data).value(xy)
    # And -0 made 0: what is left of a 0 is no news.
    xy = np.round(xy, 9) + 0.0
    places = ", ".join(
        f"({x:.4g}, {y:.4g}) loss {loss:.4g}" for (x, y), loss in zip(xy.T, found, strict=True)
    )
    return Map(plane, _frame(xy), f"through three trained networks: {places}")


def _frame(xy: Array) -> Domain:
    """What holds all points ``(2, n)``, with a margin."""
    low, high = xy.min(axis=1), xy.max(axis=1)
    margin = _MARGIN * (high - low)
    (x_min, y_min), (x_max, y_max) = (low - margin).tolist(), (high + margin).tolist()
    return x_min, x_max, y_min, y_max


def _stretch(domain: Domain, span: float) -> Domain:
    """The domain made longer on both sides."""
    x_min, x_max, y_min, y_max = domain
    x, y = (x_min + x_max) / 2, (y_min + y_max) / 2
    width, height = span * (x_max - x_min) / 2, span * (y_max - y_min) / 2
    return domain if span == 1 else (x - width, x + width, y - height, y + height)


PLANES = (
    Layout(
        "filter",
        "two random directions, each neuron's weights as long as its own",
        partial(_draw, norm="filter"),
    ),
    Layout(
        "layer",
        "two random directions, each layer's weights as long as its own",
        partial(_draw, norm="layer"),
    ),
    Layout("random", "two random directions as they were drawn", partial(_draw, norm="none")),
    Layout("pca", "the plane that shows most of the way that training took", _follow_path, looks=LOOKS),
    Layout("hessian", "the two directions in which the loss bends most", _follow_curvature),
    Layout("minima", "through three networks trained from different first weights", _join_minima, networks=3),
)
"""All planes, in the order in which users see them."""
