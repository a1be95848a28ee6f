"""Writes assets/data/breast_cancer.csv (with ``data``) and assets/landscapes/breast_cancer.npz (with ``weights``).

Run from the root of the repository: ``python -m tests.make.breast_cancer data weights``. The data need
scikit-learn, which carries a copy of the published set; the weights need numpy alone and come out the same
on every run of one machine.
"""

import sys

import numpy as np

import assets
from landscapes.landscape import Array
from landscapes.network.data import Dataset, breast_cancer
from landscapes.network.mlp import Layer, Layers, Network, backward, forward, losses

HIDDEN = 2
SEED = 6
STEPS = 3_000
RATE = 1e-2


def write_data() -> None:
    """Copy the published data: malignant (1) or benign (0), then the thirty features, one row per patient."""
    from sklearn.datasets import load_breast_cancer

    published = load_breast_cancer()
    names = ["malignant", *(name.replace(" ", "_") for name in published.feature_names)]
    rows = (
        [str(1 - target), *map(repr, row)]
        for row, target in zip(published.data.tolist(), published.target, strict=True)
    )
    text = "".join(",".join(row) + "\n" for row in (names, *rows))
    assets.path("data", "breast_cancer.csv").write_text(text, encoding="utf-8", newline="\n")


def draw(features: int, hidden: int, rng: np.random.Generator) -> Layers:
    """Untrained layers: He et al. 2015, biases zero."""
    return tuple(
        Layer(rng.standard_normal((out, fan_in)) * np.sqrt(2 / fan_in), np.zeros(out))
        for fan_in, out in ((features, hidden), (hidden, 1))
    )


def train(layers: Layers, data: Dataset, steps: int) -> Layers:
    """Full-batch Adam (Kingma, Ba 2015) on the mean loss, no weight decay.

    The rate falls to zero along half a cosine, so that the last steps come to rest at a minimum.
    """
    theta = _flatten(layers)
    m, v = np.zeros_like(theta), np.zeros_like(theta)
    for step in range(1, steps + 1):
        slope = _flatten(backward(Network(_shape(theta, layers)), *data))
        rate = RATE * (1 + np.cos(np.pi * step / steps)) / 2
        m = 0.9 * m + 0.1 * slope
        v = 0.999 * v + 0.001 * slope**2
        theta = theta - rate * (m / (1 - 0.9**step)) / (np.sqrt(v / (1 - 0.999**step)) + 1e-8)
    return _shape(theta, layers)


def write_weights() -> None:
    """Train, say how well it went, and store the layers with their provenance."""
    data = breast_cancer()
    layers = train(draw(len(data.inputs), HIDDEN, np.random.default_rng(SEED)), data, STEPS)
    network = Network(layers)
    right = (forward(network, data.inputs)[-1][0] > 0) == (data.targets == 1)
    slope = np.linalg.norm(_flatten(backward(network, *data)))
    print(f"loss {losses(network, *data).mean():.6f}, accuracy {right.mean():.4f}, gradient {slope:.1e}")
    arrays = {
        f"{part}_{k}": getattr(layer, part) for k, layer in enumerate(layers, 1) for part in Layer._fields
    }
    about = f"30-{HIDDEN}-1, relu, seed {SEED}, {STEPS} full-batch Adam steps of {RATE} along half a cosine"
    np.savez(
        assets.path("landscapes", "breast_cancer.npz"), allow_pickle=False, about=np.array(about), **arrays
    )


def _flatten(layers: Layers) -> Array:
    return np.concatenate([part.ravel() for layer in layers for part in layer])


def _shape(theta: Array, like: Layers) -> Layers:
    sizes = [part.size for layer in like for part in layer]
    parts = iter(np.split(theta, np.cumsum(sizes)[:-1]))
    return tuple(Layer(*(next(parts).reshape(part.shape) for part in layer)) for layer in like)


if __name__ == "__main__":
    for step in sys.argv[1:]:
        {"data": write_data, "weights": write_weights}[step]()
