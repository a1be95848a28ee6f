"""The card that looks inside a network: what it shows is what is there, and it shows it on the card."""

import dataclasses
from collections.abc import Callable, Iterator
from typing import Any

import moderngl
import numpy as np
import numpy.typing as npt
import pytest
from imgui_bundle import imgui

import assets
from game.panel.inside import WIDTH, draw_inside
from game.panel.pen import OPAQUE, Pen, fade, mix
from game.panel.renderer import ImguiRenderer
from game.panel.sketch import HEIGHT, MOST_NEURONS, colour_classes, signed, sketch
from game.panel.style import COLUMN, Style, make_style
from game.render.gpu import Gpu
from game.scene.theme import THEMES, Theme, get_theme
from landscapes.network.activations import SIGMOID, TANH
from landscapes.network.data import DATASETS, Dataset
from landscapes.network.initialise import initialise
from landscapes.network.insight import Insight, cut_inputs, look_inside
from landscapes.network.mlp import Layer, Network, flatten, forward, unflatten
from landscapes.network.outputs import (
    BINARY_CROSS_ENTROPY,
    CROSS_ENTROPY,
    HALF_SQUARED_ERROR,
    MEAN_SQUARED_ERROR,
    Loss,
)

Pixels = npt.NDArray[np.uint8]
Draw = Callable[..., tuple[Pixels, float]]

SIZE = (400, 720)
GREY = 0x60
LEFT, TOP = 20, 10

CASES: tuple[tuple[str, tuple[int, ...], Loss], ...] = (
    ("xor", (2, 2, 1), BINARY_CROSS_ENTROPY),
    ("breast-cancer", (30, 2, 1), BINARY_CROSS_ENTROPY),
    ("digits", (64, 16, 10), CROSS_ENTROPY),
    ("iris", (4, 1, 3), CROSS_ENTROPY),
    ("sine", (1, 1), MEAN_SQUARED_ERROR),
    ("spirals", (2, *(10,) * 9, 1), HALF_SQUARED_ERROR),
)
each_case = pytest.mark.parametrize(("name", "sizes", "loss"), CASES, ids=[case[0] for case in CASES])
each_theme = pytest.mark.parametrize("theme", THEMES, ids=lambda theme: theme.name)


def look(name: str, sizes: tuple[int, ...], loss: Loss, sample: int = 1) -> Insight:
    data = next(row for row in DATASETS if row.name == name).load(0)
    network = Network(initialise(sizes, "torch", np.random.default_rng(3), gain=2.0), TANH, loss)
    return look_inside(network, data.train, data.test, sample, cut_inputs(data.train.inputs))


def give(network: Network, inputs: npt.NDArray[np.float64], targets: npt.NDArray[Any]) -> Insight:
    return look_inside(network, Dataset(inputs, targets), None, 0, cut_inputs(inputs))


@pytest.fixture
def draw(context: moderngl.Context) -> Iterator[Draw]:
    """Draws the card over plain grey; pixels ``(height, width, 3)``, top row first."""
    gpu, ui = Gpu(context), imgui.create_context()
    imgui.set_current_context(ui)
    io = imgui.get_io()
    io.set_ini_filename("")
    plain, strong = (
        io.fonts.add_font_from_file_ttf(str(assets.path("fonts", f"Inter-{cut}.otf")), 16.0)
        for cut in ("Medium", "SemiBold")
    )
    renderer = ImguiRenderer(context)

    def picture(
        insight: Insight, theme: str = "abyss", width: float = WIDTH, scale: float = 1.0
    ) -> tuple[Pixels, float]:
        size = round(SIZE[0] * scale), round(SIZE[1] * scale)
        io.display_size, io.delta_time = imgui.ImVec2(*map(float, size)), 1 / 60
        imgui.new_frame()
        pen = Pen(make_style(get_theme(theme), scale, plain, strong))
        bottom = draw_inside(pen, insight, LEFT, TOP, width)
        imgui.render()
        target = gpu.picture(gpu.texture(size, 4))
        # The last picture may have been smaller, and what is cleared is cut to it.
        target.scissor = (0, 0, *size)
        target.clear(GREY / 255, GREY / 255, GREY / 255)
        renderer.draw(imgui.get_draw_data(), target)
        return np.frombuffer(target.read(), np.uint8).reshape(size[1], size[0], 3)[::-1], bottom

    yield picture
    renderer.release()
    imgui.destroy_context(ui)
    context.screen.use()
    gpu.release()


@pytest.fixture
def style(draw: Draw) -> Style:  # noqa: ARG001
    """The default style; a context has to be there."""
    plain, strong = imgui.get_io().fonts.fonts
    return make_style(get_theme("abyss"), 1.0, plain, strong)


@each_case
@pytest.mark.parametrize("width", [COLUMN, WIDTH, 340.0])
def test_it_fills_its_card_and_nothing_else(
    draw: Draw, name: str, sizes: tuple[int, ...], loss: Loss, width: float
) -> None:
    for theme, scale in (("abyss", 1.0), ("paper", 1.5)):
        picture, bottom = draw(look(name, sizes, loss), theme, width, scale)
        rows, columns = np.nonzero((picture != GREY).any(axis=2))
        assert columns.min() == pytest.approx(LEFT * scale, abs=1)
        assert columns.max() + 1 == pytest.approx((LEFT + width) * scale, abs=1)
        assert rows.min() == pytest.approx(TOP * scale, abs=1)
        assert rows.max() + 1 == pytest.approx((bottom - 8) * scale, abs=1)
        assert bottom - TOP - 8 <= 680, "the height of the reference picture between its margins"
        # The card itself is plain along its edges: nothing sticks out at the sides or is cut off.
        frame = picture[round(TOP * scale) + 12 : round((bottom - 20) * scale)]
        for strip in (frame[:, round(LEFT * scale) + 3], frame[:, round((LEFT + width) * scale) - 4]):
            assert np.ptp(strip.astype(int), axis=0).max() <= 1


@each_case
def test_the_thicker_a_pipe_the_larger_its_weight_in_the_layer(
    style: Style, name: str, sizes: tuple[int, ...], loss: Loss
) -> None:
    insight = look(name, sizes, loss)
    diagram = sketch(insight, style).diagram
    neurons = [(number, row) for number, column in enumerate(diagram.columns) for row in column.shown]
    assert len(neurons) == len(diagram.points) == len(diagram.fills)
    drawn: dict[int, list[tuple[float, float]]] = {}
    for start, end, colour, thickness in diagram.pipes:
        (before, sender), (after, receiver) = neurons[start], neurons[end]
        assert after == before + 1
        weight = insight.network.layers[before].weight[receiver, sender]
        assert colour & ~OPAQUE == signed(style)[int(weight > 0)] & ~OPAQUE
        drawn.setdefault(before, []).append((abs(weight), thickness))
    for number, layer in enumerate(insight.network.layers):
        sizes_of, thicknesses = np.array(drawn[number]).T
        shown = [len(column.shown) for column in diagram.columns[number : number + 2]]
        assert len(thicknesses) == shown[0] * shown[1]
        # Their thickness is the weight's size, and a half is a half; the thickest are drawn over the others.
        np.testing.assert_allclose(thicknesses / sizes_of, thicknesses[0] / sizes_of[0], rtol=1e-9)
        assert (np.diff(thicknesses) >= 0).all()
        assert thicknesses.max() < 2 * diagram.radius
        assert sizes_of.max() <= np.abs(layer.weight).max()


def test_weights_of_nothing_have_no_pipe(style: Style) -> None:
    layer = Layer(np.array([[1.0, 0.0, -2.0]]), np.zeros(1))
    inputs = np.eye(3)
    network = Network((layer,), TANH, BINARY_CROSS_ENTROPY)
    pipes = sketch(give(network, inputs, np.array([0.0, 1.0, 0.0])), style).diagram.pipes
    assert [(start, end) for start, end, _, _ in pipes] == [(0, 3), (2, 3)]
    nothing = Network((Layer(np.zeros((1, 3)), np.zeros(1)),), TANH, BINARY_CROSS_ENTROPY)
    assert not sketch(give(nothing, inputs, np.array([0.0, 1.0, 0.0])), style).diagram.pipes


def test_neurons_are_filled_by_what_they_say(style: Style) -> None:
    # The answer is the input itself, and the sample's is half of the largest.
    network = Network((Layer(np.eye(1), np.zeros(1)),), TANH, MEAN_SQUARED_ERROR)
    for sign in (-1, 1):
        inputs = np.array([[0.5 * sign, 1.0, -0.2]])
        fills = sketch(give(network, inputs, inputs[0]), style).diagram.fills
        assert fills == [(0.5, signed(style)[int(sign > 0)])] * 2


def test_the_area_that_is_filled_tells_how_much(draw: Draw) -> None:
    insight = look("xor", (2, 2, 1), BINARY_CROSS_ENTROPY)

    def fill(share: float) -> Pixels:
        inputs = np.array([share * insight.reaches[0], 0.0])
        return draw(dataclasses.replace(insight, activations=(inputs, *insight.activations[1:])))[0]

    empty, areas = fill(0.0), []
    for share in (0.25, 0.5, 1.0):
        changed = (fill(share) != empty).any(axis=2)
        rows, columns = np.nonzero(changed)
        assert max(np.ptp(rows), np.ptp(columns)) <= 20, "inside its disc"
        areas.append(changed.sum())
    assert areas[0] / areas[2] == pytest.approx(0.25, abs=0.06)
    assert areas[1] / areas[2] == pytest.approx(0.5, abs=0.06)


def test_of_large_layers_some_neurons_are_shown(style: Style) -> None:
    columns = sketch(look("digits", (64, 16, 10), CROSS_ENTROPY), style).diagram.columns
    assert [column.size for column in columns] == [64, 16, 10]
    assert [len(column.shown) for column in columns] == [MOST_NEURONS, MOST_NEURONS, 10]
    assert [column.x for column in columns] == [0, 0.5, 1]
    for column in columns:
        assert column.shown[0] == 0
        assert column.shown[-1] == column.size - 1
        assert list(column.shown) == sorted(set(column.shown))


def test_neurons_stand_apart_and_in_the_drawing(style: Style) -> None:
    for name, sizes, loss in CASES:
        diagram = sketch(look(name, sizes, loss), style).diagram
        points = np.array(diagram.points)
        assert points[:, 1].min() - diagram.radius >= 0
        assert points[:, 1].max() + diagram.radius <= HEIGHT
        for x in np.unique(points[:, 0]):
            gaps = np.diff(points[points[:, 0] == x, 1])
            assert (gaps > 2 * diagram.radius).all()


@pytest.mark.parametrize(
    ("name", "sizes", "loss"), [CASES[0], CASES[2], CASES[3]], ids=["xor", "digits", "iris"]
)
def test_the_ground_has_the_colour_of_the_class_that_the_network_says(
    style: Style, name: str, sizes: tuple[int, ...], loss: Loss
) -> None:
    insight = look(name, sizes, loss)
    picture, section = sketch(insight, style).picture, insight.section
    x, y = section.ticks
    inputs = section.origin[:, np.newaxis] + section.axes @ section.grid
    answers = loss.answer(forward(insight.network, inputs)[-1])
    if sizes[-1] == 1:
        answers = np.concatenate([1 - answers, answers])
    ranked = np.sort(answers, axis=0)
    painted = np.zeros((len(y), len(x)), np.int64)
    for (first, last), colour in zip(picture.boxes * len(x), picture.areas, strict=True):
        (left, top), (right, bottom) = np.rint(first).astype(int), np.rint(last).astype(int)
        painted[top:bottom, left:right] = colour
    classes = np.array(colour_classes(style, sizes[-1]))
    # Where the network is in doubt all classes are pale, and where it is not sure float32 may differ.
    says = answers.argmax(axis=0).reshape(painted.shape)[::-1]
    sure = (ranked[-1] - ranked[-2] > 1e-3).reshape(painted.shape)[::-1]
    assert len(np.unique(says[sure])) > 1
    for number in np.unique(says[sure]):
        for colour in np.unique(painted[sure & (says == number)]).tolist():
            nearest = [distance(colour, mix(style.sheet, shade, 0.5)) for shade in classes.tolist()]
            assert np.argmin(nearest) == number or distance_of_hue(colour, classes[number], style) < 0.02
    assert picture.boxes.min() == 0
    assert picture.boxes.max() == 1


def channels(colour: int) -> npt.NDArray[np.float64]:
    return np.array([colour >> shift & 255 for shift in (0, 8, 16)], np.float64)


def distance(first: int, second: int) -> float:
    return float(np.linalg.norm(channels(first) - channels(second)))


def distance_of_hue(colour: int, of: int, style: Style) -> float:
    """How far a colour is from the way that leads from the neutral one to another, as a sine."""
    neutral = channels(mix(style.sheet, style.ink, 0.1))
    way, found = channels(of) - neutral, channels(colour) - neutral
    cosine = way @ found / np.linalg.norm(way) / np.linalg.norm(found)
    return float(np.sqrt(max(1 - cosine**2, 0.0)))


def test_samples_lie_where_they_are_in_the_colours_of_their_classes(style: Style) -> None:
    insight = look("xor", (2, 2, 1), BINARY_CROSS_ENTROPY, sample=2)
    picture = sketch(insight, style).picture
    middle = insight.data.inputs.mean(axis=1)
    for (x, y), colour in zip(picture.dots.tolist(), picture.colours, strict=True):
        near = (insight.data.inputs - middle[:, np.newaxis]) * np.array([[x - 0.5], [0.5 - y]])
        (sample,) = np.flatnonzero((near > 0).all(axis=0))
        assert colour == signed(style)[int(insight.data.targets[sample])]
    # The one that is shown comes last, where it is ringed.
    assert sample == 2
    assert len(picture.dots) == 4
    many = sketch(look("digits", (64, 16, 10), CROSS_ENTROPY), style).picture
    assert 100 < len(many.dots) <= 201
    assert set(many.colours) == set(colour_classes(style, 10))
    assert many.dots.min() >= 0
    assert many.dots.max() <= 1


def test_a_fit_goes_through_samples_that_it_fits(style: Style) -> None:
    inputs = np.linspace(-1, 1, 9)[np.newaxis]
    network = Network((Layer(np.array([[2.0]]), np.array([0.5])),), TANH, MEAN_SQUARED_ERROR)
    picture = sketch(give(network, inputs, 2 * inputs[0] + 0.5), style).picture
    ((curve, _),) = picture.curves
    np.testing.assert_allclose(np.interp(picture.dots[:, 0], *curve.T), picture.dots[:, 1], atol=1e-6)
    assert (np.diff(curve[:, 1]) <= 0).all(), "up is up"
    assert picture.dots[:, 1].min() > 0
    assert picture.dots[:, 1].max() < 1


def test_amounts_over_a_plane_go_from_blue_to_orange(style: Style) -> None:
    rng = np.random.default_rng(0)
    inputs = rng.uniform(-1, 1, (2, 50))
    network = Network((Layer(np.array([[1.0, 0.0]]), np.zeros(1)),), TANH, MEAN_SQUARED_ERROR)
    picture = sketch(give(network, inputs, inputs[0]), style).picture
    order = np.argsort(picture.dots[:, 0])
    negative, positive = signed(style)
    for rank, colour in ((0, negative), (-1, positive)):
        assert picture.colours[order[rank]] == colour
    by_middle = sorted(zip(picture.boxes[1:, :, 0].mean(axis=1).tolist(), picture.areas[1:], strict=True))
    assert distance(by_middle[0][1], negative) < distance(by_middle[0][1], positive)
    assert distance(by_middle[-1][1], positive) < distance(by_middle[-1][1], negative)


@each_theme
def test_twenty_classes_are_told_apart(draw: Draw, theme: Theme) -> None:  # noqa: ARG001
    plain, strong = imgui.get_io().fonts.fonts
    made = make_style(theme, 1.0, plain, strong)
    colours = colour_classes(made, 20)
    for number, colour in enumerate(colours):
        assert min(distance(colour, other) for other in colours[:number] + colours[number + 1 :]) > 20
    assert colour_classes(made, 1) == list(signed(made))


def test_many_classes_fit(draw: Draw) -> None:
    rng = np.random.default_rng(0)
    inputs, targets = rng.standard_normal((3, 60)), np.arange(60) % 20
    network = Network(initialise((3, 20), "torch", rng), TANH, CROSS_ENTROPY)
    picture, bottom = draw(give(network, inputs, targets), width=COLUMN)
    rows, _ = np.nonzero((picture != GREY).any(axis=2))
    assert rows.max() + 1 == pytest.approx(bottom - 8, abs=1)


def test_longer_gradients_have_longer_bars(draw: Draw) -> None:
    insight = look("xor", (2, 2, 1), BINARY_CROSS_ENTROPY)

    def ends(*norms: float) -> list[int]:
        """Where the bars end, in pixels from the left of the card."""
        bare, _ = draw(dataclasses.replace(insight, gradient_norms=(0.0, 0.0)))
        picture, _ = draw(dataclasses.replace(insight, gradient_norms=norms))
        changed = (picture != bare).any(axis=2)[:, : round(LEFT + WIDTH - 14 - 52)]
        rows = np.flatnonzero(changed.any(axis=1))
        first, second = np.split(rows, np.flatnonzero(np.diff(rows) > 1) + 1)
        return [int(np.flatnonzero(changed[part].any(axis=0)).max()) for part in (first, second)]

    lengths = np.array([ends(10.0**power, 1e-3) for power in (-7, -5, -3, -1, 1)])
    # A log scale: equal ratios are equal steps; the other layer's bar stays as it is.
    assert np.ptp(np.diff(lengths[:, 0])) <= 1
    assert np.diff(lengths[:, 0]).min() > 20
    assert np.ptp(lengths[:, 1]) == 0
    assert ends(1e-3, 1e-3)[0] == lengths[2, 1]
    # Beyond the end of the scale a bar is full, and no longer.
    assert ends(1e30, 1e-3) == ends(np.inf, 1e-3)


def test_what_diverged_can_be_shown(draw: Draw) -> None:
    insight = look("moons", (2, 3, 1), BINARY_CROSS_ENTROPY)
    pictures = []
    for bad in (np.nan, np.inf, -1e300, 0.0):
        network = dataclasses.replace(
            insight.network,
            layers=unflatten(np.full_like(flatten(insight.network.layers), bad), insight.network.layers),
        )
        seen = look_inside(network, insight.data, None, 0, insight.section)
        pictures.append(draw(seen)[0])
    assert (pictures[0] != pictures[3]).any()


def test_a_network_of_several_answers_shows_the_first(style: Style, draw: Draw) -> None:
    # The worked example of many courses: one sample, two answers that are no classes.
    layers = (
        Layer(np.array([[0.15, 0.2], [0.25, 0.3]]), np.full(2, 0.35)),
        Layer(np.array([[0.4, 0.45], [0.5, 0.55]]), np.full(2, 0.6)),
    )
    network = Network(layers, SIGMOID, HALF_SQUARED_ERROR)
    insight = give(network, np.array([[0.05], [0.1]]), np.array([[0.01], [0.99]]))
    assert insight.train.loss == pytest.approx(0.298371109, abs=1e-9)
    assert len(sketch(insight, style).picture.dots) == 1
    draw(insight)


def test_it_says_what_changed(draw: Draw) -> None:
    insight = look("breast-cancer", (30, 2, 1), BINARY_CROSS_ENTROPY)
    first, bottom = draw(insight)
    again, _ = draw(insight)
    np.testing.assert_array_equal(first, again)
    assert insight.test is not None
    for change in (
        {"sample": 7},
        {"train": insight.train._replace(loss=0.5)},
        {"train": insight.train._replace(accuracy=0.5)},
        {"test": None},
        {"test": insight.test._replace(loss=0.5)},
        {"gradient_norms": (1.0, 2.0)},
        {"activations": tuple(-part for part in insight.activations)},
        {"answers": 1 - insight.answers},
        {"network": dataclasses.replace(insight.network, hidden=SIGMOID)},
    ):
        other, its_bottom = draw(dataclasses.replace(insight, **change))
        assert (other != first).any(), change
        assert its_bottom == bottom


def test_what_does_not_change_is_made_once(style: Style) -> None:
    insight = look("xor", (2, 2, 1), BINARY_CROSS_ENTROPY)
    assert sketch(insight, style) is sketch(insight, style._replace())
    other = style._replace(teams=style.teams[::-1])
    assert sketch(insight, other).picture.colours != sketch(insight, style).picture.colours


def test_colours_mix_and_fade() -> None:
    assert mix(0x10203040, 0x50607080, 0.0) == 0xFF203040
    assert mix(0x10203040, 0x50607080, 1.0) == 0xFF607080
    assert mix(0xFF000000, 0xFFFFFFFF, 0.5) in (0xFF7F7F7F, 0xFF808080)
    assert fade(0xFF123456, 0.0) == 0x00123456
    assert fade(0x80123456, 1.0) == 0x80123456
