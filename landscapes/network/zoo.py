"""The ready-made network landscapes, in the order in which users see them."""

import dataclasses
from collections.abc import Callable

import numpy as np
import numpy.typing as npt

import assets
from landscapes.landscape import Domain, Landscape, Relief
from landscapes.network.data import Dataset, breast_cancer
from landscapes.network.mlp import Layer, Layers, Network
from landscapes.network.plane import draw_plane
from landscapes.network.samples import PlaneSamples
from landscapes.network.scan import PlaneLoss, scan
from landscapes.rates import rates


@dataclasses.dataclass(frozen=True)
class Exhibit:
    """A trained network, the plane through its weights, and what is known about the loss there.

    Attributes:
        name: the catalogue's name for it.
        title: what a player reads.
        about: one line of what there is to see.
        source: who published it, or how it was made.
        weights: the file in ``assets/landscapes`` that holds the trained layers.
        data: reads the samples.
        seed: of the two random directions.
        domain: how far the plane reaches along each of them.
        resolution: grid points per side of the scan.
        basins: a point near each minimum of the plane, deepest first.
        relief: how loss becomes display height.
    """

    name: str
    title: str
    about: str
    source: str
    weights: str
    data: Callable[[], Dataset]
    seed: int
    domain: Domain
    resolution: int
    basins: tuple[tuple[float, float], ...]
    relief: Relief

    def loss(self) -> PlaneLoss:
        """The network's true loss in this plane, for whoever doubts the surface."""
        network = Network(read_layers(self.weights))
        return PlaneLoss(draw_plane(network, self.seed), self.data())

    def build(self) -> Landscape:
        """Scan the plane; takes about a second."""
        loss = self.loss()
        landscape = Landscape(
            name=self.name,
            title=self.title,
            about=self.about,
            source=self.source,
            domain=self.domain,
            field=scan(loss, self.domain, self.resolution),
            relief=self.relief,
            learning_rates=rates(self.name),
            data=PlaneSamples(loss.plane, loss.data),
        )
        return dataclasses.replace(landscape, minima=_descend(landscape, np.array(self.basins)))


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


ZOO = (
    # Thousands of seeds were drawn and looked at: most planes are one funnel, this one has a second valley behind
    # a ridge. The loss spans three decades, hence the log relief. Against the network itself the surface is off
    # by at most 3e-5 of its range and 1.2 % of the loss, its gradient by 0.9 % of the largest, 0.12 % in the median.
    Exhibit(
        name="breast-cancer",
        title="Breast cancer network",
        about="a trained network that tells tumours apart: its own valley, and a worse one that traps",
        source=(
            "loss of sigmoid(W2 relu(W1 x + b1) + b2), two hidden neurons, on the Wisconsin diagnostic data "
            "(https://doi.org/10.24432/C5DW2B); plane of Li et al. 2018 through the trained weights"
        ),
        weights="breast_cancer.npz",
        data=breast_cancer,
        seed=173,
        domain=(-1.6, 2.6, -1.4, 2.8),
        resolution=160,
        basins=((0.005, 0.007), (1.391, 1.898)),
        relief="log",
    ),
)
