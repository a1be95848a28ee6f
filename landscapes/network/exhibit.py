"""An exhibit: a network on its data, and a plane through its weights that is worth a look."""

import dataclasses
from collections.abc import Callable
from typing import Literal

import numpy as np
import numpy.typing as npt

import assets
from landscapes.errors import StoppedError, find
from landscapes.landscape import Domain, Landscape, Relief
from landscapes.network.activations import RELU, Activation
from landscapes.network.data import DATASETS, Dataset, Split, split
from landscapes.network.mlp import Layer, Layers, Network
from landscapes.network.outputs import BINARY_CROSS_ENTROPY, Loss
from landscapes.network.plane import Plane, draw_plane, make_plane
from landscapes.network.samples import PlaneSamples
from landscapes.network.scan import PlaneLoss, scan
from landscapes.network.span import Span
from landscapes.network.store import find_folder
from landscapes.network.weights import WeightSpace
from landscapes.progress import follow
from landscapes.rates import rates


@dataclasses.dataclass(frozen=True)
class Exhibit:
    """A network, the plane through its weights, and what is known about the loss there.

    Attributes:
        name: the catalogue's name for it.
        title: what a player reads.
        about: one line of what there is to see.
        source: who published it, or how it was made.
        samples: reads the data, of which the network sees the training part.
        sizes: neurons of each layer, the inputs first.
        weights: the file in ``assets/landscapes`` that holds the plane.
        seed: of all that was drawn to make the plane.
        domain: how far the plane reaches along its first and second direction.
        resolution: grid points per side of the scan.
        basins: a point near each minimum of the plane, deepest first.
        relief: how loss becomes display height.
        hidden: what all neurons but the last layer's do.
        output: what the last layer's answers mean and cost.
        weight_decay: what half the sum of all squared weights costs.
        directions: whether the file holds them, or they are drawn from the seed around the layers that it holds.
    """

    name: str
    title: str
    about: str
    source: str
    samples: Callable[[], Split]
    sizes: tuple[int, ...]
    weights: str
    seed: int
    domain: Domain
    resolution: int
    basins: tuple[tuple[float, float], ...] = ()
    relief: Relief = "auto"
    hidden: Activation = RELU
    output: Loss = BINARY_CROSS_ENTROPY
    weight_decay: float = 0.0
    directions: Literal["stored", "random"] = "stored"

    def data(self) -> Dataset:
        """The samples that the loss averages over."""
        return self.samples().train

    def network(self) -> Network:
        """What all networks of the plane share; its weights are zero."""
        shapes = zip(self.sizes[1:], self.sizes, strict=False)
        layers = tuple(Layer(np.zeros(shape), np.zeros(shape[0])) for shape in shapes)
        return Network(layers, self.hidden, self.output, self.weight_decay)

    def plane(self) -> Plane:
        """The plane of the file."""
        if self.directions == "random":
            return draw_plane(
                dataclasses.replace(self.network(), layers=read_layers(self.weights)), self.seed
            )
        return make_plane(self.network(), read_span(self.weights))

    def loss(self) -> PlaneLoss:
        """The network's true loss in this plane, for whoever doubts the surface."""
        return PlaneLoss(self.plane(), self.data())

    def build(self) -> Landscape:
        """Scan the plane, a second or two at first; later it is taken from the cache."""
        samples = self.samples()
        loss = PlaneLoss(self.plane(), samples.train)
        try:
            with follow(f"scanning {self.title}", self.resolution**2) as note:
                field = scan(loss, self.domain, self.resolution, folder=find_folder(), note=note)
        except StoppedError as stop:
            raise StoppedError(f"{stop}; what is done so far is kept") from None
        landscape = Landscape(
            name=self.name,
            title=self.title,
            about=self.about,
            source=self.source,
            domain=self.domain,
            field=field,
            relief=self.relief,
            learning_rates=rates(self.name),
            data=PlaneSamples(loss.plane, loss.data),
            exact=loss,
            weights=WeightSpace(loss.plane, loss.data, self.domain, samples.test),
        )
        if not self.basins:
            return landscape
        return dataclasses.replace(landscape, minima=_descend(landscape, np.array(self.basins)))


def load(name: str, share: float | None = None) -> Split:
    """A data set by its name in ``DATASETS``, always drawn and parted alike.

    Args:
        name: of the data set.
        share: how many of its samples are kept for testing; as many as its row says if ``None``.
    """
    row = find("data set", name, DATASETS)
    return split(row.draw(0), seed=0, share=row.share if share is None else share)


def read_span(file: str) -> Span:
    """A plane from ``assets/landscapes``: float32 vectors ``origin``, ``first`` and ``second``, read as float64."""
    with np.load(assets.path("landscapes", file), allow_pickle=False) as arrays:
        return Span(*(arrays[part].astype(np.float64) for part in ("origin", "first", "second")))


def read_layers(file: str) -> Layers:
    """Trained layers from ``assets/landscapes``: arrays ``weight_1, bias_1, weight_2, ...``."""
    with np.load(assets.path("landscapes", file), allow_pickle=False) as arrays:
        return tuple(
            Layer(arrays[f"weight_{k}"], arrays[f"bias_{k}"]) for k in range(1, 1 + len(arrays) // 2)
        )


def _descend(landscape: Landscape, near: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Newton's method from points ``(m, 2)`` near minima to the minima of the surface that is played on."""
    xy = np.ascontiguousarray(near.T)
    h = 1e-6 * landscape.extent
    for _ in range(20):
        columns = [
            (landscape.gradient(xy + step) - landscape.gradient(xy - step)) / (2 * h)
            for step in (np.array([[h], [0.0]]), np.array([[0.0], [h]]))
        ]
        hessians = np.stack(columns).T  # (m, 2, 2)
        xy -= np.linalg.solve(hessians, landscape.gradient(xy).T[:, :, np.newaxis])[:, :, 0].T
    return xy.T
