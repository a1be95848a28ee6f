"""The ready-made network landscapes, in the order in which users see them."""

from functools import partial

import numpy as np

from landscapes.network.activations import LEAKY_RELU, SIGMOID, TANH
from landscapes.network.data import Dataset, Split
from landscapes.network.exhibit import Exhibit, load, read_layers
from landscapes.network.outputs import CROSS_ENTROPY, HALF_SQUARED_ERROR, MEAN_SQUARED_ERROR

__all__ = ["NETWORKS", "ZOO", "Exhibit", "read_layers"]


def _load_published_sample() -> Split:
    """The one sample of the worked example, as it was published."""
    sample = Dataset(np.array([[0.05], [0.10]]), np.array([[0.01], [0.99]]))
    return Split("regression", sample, None, ("i1", "i2"), ())


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
        samples=partial(load, "breast-cancer", share=0.0),
        sizes=(30, 2, 1),
        weights="breast_cancer.npz",
        directions="random",
        seed=173,
        domain=(-1.6, 2.6, -1.4, 2.8),
        resolution=160,
        basins=((0.005, 0.007), (1.391, 1.898)),
        relief="log",
    ),
)
"""What stands with the landscapes to begin with."""

NETWORKS = (
    Exhibit(
        name="linear-regression",
        title="Linear regression",
        about=(
            "slope and intercept of a line through a noisy wave: all there is to learn, and a perfectly "
            "round bowl"
        ),
        source=(
            "mean squared error of a x + b on the sine data, standardised, so that the Hessian is twice the"
            " identity"
        ),
        samples=partial(load, "sine"),
        sizes=(1, 1),
        output=MEAN_SQUARED_ERROR,
        weights="linear_regression.npz",
        seed=0,
        domain=(-1.2, 2.2, -1.7, 1.7),
        resolution=96,
        basins=((0.737, 0.0),),
    ),
    Exhibit(
        name="logistic-regression",
        title="Sigmoid neuron",
        about=(
            "both weights of a sigmoid neuron between two moons: a wall where it is wrong, a gentle slope "
            "where it is right"
        ),
        source=(
            "logistic regression: cross-entropy of sigmoid(u x + v y + b) on the moons data; b as trained "
            "by Adam"
        ),
        samples=partial(load, "moons"),
        sizes=(2, 1),
        weights="logistic_regression.npz",
        seed=0,
        domain=(-6.0, 8.0, -9.0, 5.0),
        resolution=128,
        basins=((1.076, -3.284),),
    ),
    Exhibit(
        name="xor",
        title="XOR network",
        about="two valleys where XOR is solved, and a third one where two of its four corners stay undecided",
        source=(
            "2-2-1, sigmoid neurons, cross-entropy; plane through three networks that Adam trained with a "
            "little weight decay (Garipov et al. 2018, section 3)"
        ),
        samples=partial(load, "xor"),
        sizes=(2, 2, 1),
        hidden=SIGMOID,
        weights="xor.npz",
        seed=1,
        domain=(-8.0, 22.0, -12.0, 18.0),
        resolution=160,
        basins=((-1.78, -3.614), (17.43, -3.614), (7.825, 14.26)),
    ),
    Exhibit(
        name="worked-example",
        title="Worked example",
        about=(
            "w5 and w6 of a textbook's first network: one sample fixes no more than a sum of them, a "
            "straight valley"
        ),
        source=(
            "M. Mazur, A step by step backpropagation example, 2015; 2-2-2, sigmoid neurons, half the "
            "squared error; the other weights are those published"
        ),
        samples=_load_published_sample,
        sizes=(2, 2, 2),
        hidden=SIGMOID,
        output=HALF_SQUARED_ERROR,
        weights="worked_example.npz",
        seed=0,
        domain=(-8.0, 4.0, -8.0, 4.0),
        resolution=128,
    ),
    Exhibit(
        name="breast-cancer-sigmoid",
        title="Breast cancer, sigmoid",
        about=(
            "hidden neurons trade places: one network in three valleys, three shallower ones, a peak where "
            "all are alike"
        ),
        source=(
            "30-3-1, cross-entropy on the Wisconsin data; plane through three orders of the neurons of a "
            "network that Adam trained for 600 steps"
        ),
        samples=partial(load, "breast-cancer"),
        sizes=(30, 3, 1),
        hidden=SIGMOID,
        weights="breast_cancer_sigmoid.npz",
        seed=1,
        domain=(-7.5, 19.5, -10.0, 17.0),
        resolution=128,
        basins=(
            (-3.582, -0.0619),
            (13.91, -3.071),
            (7.771, 13.58),
            (16.77, 9.668),
            (-4.69, 9.687),
            (6.022, -8.905),
        ),
    ),
    Exhibit(
        name="breast-cancer-tanh",
        title="Breast cancer, tanh",
        about=(
            "turn all signs of a tanh neuron round and nothing changes: four equal valleys, a peak where "
            "none does anything"
        ),
        source=(
            "30-2-1, cross-entropy on the Wisconsin data, weight decay 0.01; x and y scale all weights of "
            "one hidden neuron each, in a network trained by Adam"
        ),
        samples=partial(load, "breast-cancer"),
        sizes=(30, 2, 1),
        hidden=TANH,
        weight_decay=0.01,
        weights="breast_cancer_tanh.npz",
        seed=1,
        domain=(-2.0, 2.0, -2.0, 2.0),
        resolution=128,
        basins=((-1.0, 1.0), (1.0, 1.0), (-1.0, -1.0), (1.0, -1.0)),
    ),
    Exhibit(
        name="breast-cancer-leaky-relu",
        title="Breast cancer, leaky",
        about="three networks, trained alike from different starts: three valleys of their own around a mountain",
        source=(
            "30-4-1, cross-entropy on the Wisconsin data, weight decay 0.005; plane through three networks "
            "trained by Adam (Garipov et al. 2018, section 3)"
        ),
        samples=partial(load, "breast-cancer"),
        sizes=(30, 4, 1),
        hidden=LEAKY_RELU,
        weight_decay=0.005,
        weights="breast_cancer_leaky_relu.npz",
        seed=1,
        domain=(-2.5, 8.5, -3.1, 7.9),
        resolution=160,
        basins=((5.977, -0.04537), (-0.007619, 0.03178), (3.421, 4.795)),
    ),
    Exhibit(
        name="digits",
        title="Digits",
        about=(
            "three networks that read handwritten digits: three deep valleys far apart, a pass between any "
            "two"
        ),
        source=(
            "64-12-10, ReLU, softmax and cross-entropy; plane through three networks trained by Adam "
            "(Garipov et al. 2018, section 3)"
        ),
        samples=partial(load, "digits"),
        sizes=(64, 12, 10),
        output=CROSS_ENTROPY,
        weights="digits.npz",
        seed=1,
        domain=(-6.0, 24.0, -9.0, 21.0),
        resolution=128,
        basins=((8.823, 17.62), (18.23, -0.4192), (-1.306, -0.6305)),
    ),
    Exhibit(
        name="spirals-narrow",
        title="Spirals, deep and narrow",
        about=(
            "six layers of ten ReLU neurons: rugged, valley behind valley, and most of them end far above "
            "the deepest"
        ),
        source=(
            "2-10-10-10-10-10-10-1, cross-entropy; filter-normalised plane of Li et al. 2018 around a "
            "network trained by Adam"
        ),
        samples=partial(load, "spirals"),
        sizes=(2, 10, 10, 10, 10, 10, 10, 1),
        weights="spirals_narrow.npz",
        seed=1,
        domain=(-0.6, 0.6, -0.6, 0.6),
        resolution=257,
        basins=(
            (0.001594, 0.0008382),
            (-0.1052, -0.256),
            (-0.1077, 0.2345),
            (-0.201, 0.3371),
            (0.2535, -0.3222),
            (-0.4756, -0.2982),
        ),
    ),
    Exhibit(
        name="spirals-wide",
        title="Spirals, wide",
        about="the same spirals, two layers of forty ReLU neurons: as far around, and yet one smooth funnel",
        source=(
            "2-40-40-1, cross-entropy; filter-normalised plane of Li et al. 2018 around a network trained "
            "by Adam"
        ),
        samples=partial(load, "spirals"),
        sizes=(2, 40, 40, 1),
        weights="spirals_wide.npz",
        seed=1,
        domain=(-0.6, 0.6, -0.6, 0.6),
        resolution=129,
        basins=((0.0009611, -0.0003839),),
    ),
    Exhibit(
        name="vanishing-gradients",
        title="Vanishing gradients",
        about=(
            "four layers of sigmoid neurons: two high plains with next to no slope, and the canyon that "
            "training found"
        ),
        source=(
            "2-5-5-5-5-1 on the moons data, half the squared error; from Xavier's first weights at (0, 0) "
            "to those that Adam trained at (1, 0), aside at random"
        ),
        samples=partial(load, "moons"),
        sizes=(2, 5, 5, 5, 5, 1),
        hidden=SIGMOID,
        output=HALF_SQUARED_ERROR,
        weights="vanishing_gradients.npz",
        seed=1,
        domain=(-0.8, 1.6, -1.2, 1.2),
        resolution=256,
        basins=((1.048, 0.006696),),
    ),
    Exhibit(
        name="exploding-gradients",
        title="Exploding gradients",
        about=(
            "first weights five times too large: high ground that breaks off in cliffs, where a step may "
            "lead anywhere"
        ),
        source=(
            "2-8-8-8-1, tanh, cross-entropy on the moons data; filter-normalised plane of Li et al. 2018 "
            "around Xavier's weights times five, untrained"
        ),
        samples=partial(load, "moons"),
        sizes=(2, 8, 8, 8, 1),
        hidden=TANH,
        weights="exploding_gradients.npz",
        seed=1,
        domain=(-0.6, 0.6, -0.6, 0.6),
        resolution=200,
        basins=((-0.5951, 0.3171), (-0.5479, -0.1518), (0.1967, 0.303), (-0.03354, 0.4436)),
    ),
    Exhibit(
        name="sharp-and-wide",
        title="Sharp and wide",
        about=(
            "two minima of one network, about equally deep: a wide valley that balls find, and a pinhole "
            "behind it"
        ),
        source=(
            "2-8-1, tanh, cross-entropy on the moons data; the wide one by SGD in batches of 4, the sharp "
            "one by Adam from weights four times too large; aside at random"
        ),
        samples=partial(load, "moons"),
        sizes=(2, 8, 1),
        hidden=TANH,
        weights="sharp_and_wide.npz",
        seed=1,
        domain=(-0.9, 1.5, -1.2, 1.2),
        resolution=256,
        basins=((-0.1233, 0.02493), (1.002, -0.00344)),
        relief="log",
    ),
    Exhibit(
        name="batch-sizes",
        title="Small and large batches",
        about=(
            "one start, as many steps: full batches end in a narrow ravine, batches of four in a wide valley"
        ),
        source=(
            "2-10-1, sigmoid, cross-entropy on the moons data; plane through the start at (0, 0) and both "
            "ends of 6000 steps of SGD, after Keskar et al. 2017"
        ),
        samples=partial(load, "moons"),
        sizes=(2, 10, 1),
        hidden=SIGMOID,
        weights="batch_sizes.npz",
        seed=4,
        domain=(-10.0, 50.0, -15.0, 45.0),
        relief="log",
        resolution=200,
        basins=((13.65, 29.19), (34.21, 1.21)),
    ),
)
"""The shelf of networks."""
