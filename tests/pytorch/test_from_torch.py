"""Surfaces of PyTorch models beside the plain way: set the weights, evaluate the model."""

import copy
import dataclasses
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional

import landscapes
from landscapes import InputError
from landscapes.landscape import check
from landscapes.network.activations import TANH
from landscapes.network.data import Dataset
from landscapes.network.mlp import Layer, Network
from landscapes.network.outputs import CROSS_ENTROPY
from landscapes.network.plane import draw_plane
from landscapes.network.scan import PlaneLoss, scan
from landscapes.network.span import Span
from landscapes.sampled import GridField
from landscapes.torch.batches import read_batches
from landscapes.torch.evaluate import PlaneEvaluator
from landscapes.torch.fold import fold
from landscapes.torch.weights import copy_model
from tests.pytorch.models import (
    MODELS,
    SIDE,
    Convolutional,
    Tied,
    draw,
    draw_directions,
    half,
    judge,
    list_points,
    perceptron,
    prelu,
    set_weights,
)

LOSS = functional.cross_entropy


def grid(surface: landscapes.Landscape) -> Any:
    assert isinstance(surface.field, GridField)
    return surface.field.values


@pytest.mark.parametrize("make", MODELS, ids=lambda make: make.__name__)
def test_a_surface_is_the_loss_of_the_model_itself(make: Callable[[], Any]) -> None:
    model, batches = draw(make)
    before = copy.deepcopy(model.state_dict())
    surface = landscapes.from_torch(model, LOSS, iter(batches), resolution=SIDE, seed=3)
    directions = draw_directions(model, 3)
    plain = [judge(set_weights(model, directions, x, y), batches) for x, y in list_points()]
    # In half precision a loss has three digits, and both round the same weights.
    tolerance = 2e-2 if make is half else 1e-5
    np.testing.assert_allclose(grid(surface).ravel(), plain, rtol=tolerance)
    assert np.ptp(plain) > 0.1
    assert model.training
    assert all(torch.equal(before[name], now) for name, now in model.state_dict().items())
    # So coarse a spline is far off the samples of a perceptron between the grid points.
    check(dataclasses.replace(surface, data=None))


def test_our_own_engine_takes_a_perceptron_over() -> None:
    model, batches = draw(perceptron)
    surface = landscapes.from_torch(model, nn.CrossEntropyLoss(), batches, resolution=SIDE, seed=1)
    linear = [one for one in model if isinstance(one, nn.Linear)]
    layers = tuple(
        Layer(*(part.detach().double().numpy() for part in (one.weight, one.bias))) for one in linear
    )
    inputs, targets = (torch.cat(parts).numpy() for parts in zip(*batches, strict=True))
    plane = draw_plane(Network(layers, TANH, CROSS_ENTROPY), 1)
    data = Dataset(np.ascontiguousarray(inputs.T.astype(np.float64)), targets)
    assert (grid(surface) == scan(PlaneLoss(plane, data), surface.domain, SIDE).values).all()
    assert surface.weights is not None
    assert surface.data is not None
    assert surface.data.count == 17
    weighted = landscapes.from_torch(
        model, nn.CrossEntropyLoss(label_smoothing=0.1), batches, resolution=SIDE
    )
    assert weighted.exact is None


def test_batch_norm_can_have_the_statistics_of_the_data() -> None:
    model, batches = draw(Convolutional)
    surface = landscapes.from_torch(model, LOSS, batches, resolution=SIDE, batch_norm="recomputed")
    directions = draw_directions(model, 0)
    plain = []
    for x, y in list_points():
        moved = set_weights(model, directions, x, y)
        norms = [one for one in moved.modules() if isinstance(one, nn.BatchNorm2d)]
        for one in norms:
            one.reset_running_stats()
            one.momentum = None
            one.train()
        with torch.no_grad():
            for inputs, _ in batches:
                moved(inputs)
        plain.append(judge(moved.eval(), batches))
    np.testing.assert_allclose(grid(surface).ravel(), plain, rtol=1e-5)
    assert any("anew at every point" in note for note in surface.notes)
    fixed = landscapes.from_torch(model, LOSS, batches, resolution=SIDE)
    assert not np.allclose(grid(fixed), grid(surface), rtol=1e-2)


@pytest.mark.parametrize("make", [prelu, Convolutional], ids=lambda make: make.__name__)
def test_a_point_has_the_same_loss_in_whatever_company_and_process(make: Callable[[], Any]) -> None:
    model, batches = draw(make)
    copied, weights = copy_model(model, "cpu")
    origin = weights.flatten(copied.state_dict())
    rng = np.random.default_rng(0)
    span = Span(origin, *rng.normal(size=(2, origin.size)))
    xy = rng.uniform(-0.3, 0.3, (2, 11))
    evaluate = PlaneEvaluator(copied, LOSS, read_batches(batches, "cpu"), weights, span, xy[:, :2])
    whole = evaluate(xy)
    assert (whole == np.concatenate([evaluate(xy[:, :4]), evaluate(xy[:, 4:])])).all()
    assert (whole == pickle.loads(pickle.dumps(evaluate))(xy)).all()


def test_small_models_are_asked_for_many_points_at_once() -> None:
    model, batches = draw(prelu)
    asked: list[int] = []

    def loss(answers: Any, targets: Any) -> Any:
        asked.append(1)
        return LOSS(answers, targets)

    landscapes.from_torch(model, loss, batches, resolution=16)
    assert len(asked) < 100  # of 512, a batch and point each


def test_batch_norm_is_folded_into_convolutions_whatever_their_weights() -> None:
    model, batches = draw(Convolutional)
    model.eval().requires_grad_(False)
    folded = fold(model, channels_last=True)
    assert folded is not None
    for one in model.parameters():
        one.add_(0.3 * torch.randn(one.shape))
    folded.follow()
    torch.testing.assert_close(folded.model(batches[0][0]), model(batches[0][0]), rtol=1e-4, atol=1e-5)
    called = [node.target for node in folded.model.graph.nodes if node.op == "call_module"]
    assert sum("norm" in name for name in called) == 0
    assert fold(draw(prelu)[0].eval(), channels_last=True) is None


class Social(Convolutional):
    """Its samples see each other, so that it matters which are together."""

    def forward(self, images: Any) -> Any:
        return super().forward(images - images.mean(dim=0))


@pytest.mark.parametrize("make", [Convolutional, Social], ids=lambda make: make.__name__)
def test_samples_are_taken_apart_where_that_is_no_matter(
    make: Callable[[], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("landscapes.torch.evaluate._TILE", 2000)
    model, batches = draw(make)
    surface = landscapes.from_torch(model, LOSS, batches, resolution=SIDE)
    directions = draw_directions(model, 0)
    plain = [judge(set_weights(model, directions, x, y), batches) for x, y in list_points()]
    np.testing.assert_allclose(grid(surface).ravel(), plain, rtol=1e-5)


def test_the_way_of_a_training_is_projected() -> None:
    model, batches = draw(Tied)
    path = [copy.deepcopy(model)]
    optimizer = torch.optim.SGD(model.parameters(), lr=0.5, momentum=0.5)
    for _ in range(6):
        optimizer.zero_grad()
        LOSS(model(batches[0][0]), batches[0][1]).backward()
        optimizer.step()
        path.append(copy.deepcopy(model))
    surface = landscapes.from_torch(
        model,
        LOSS,
        batches,
        directions="pca",
        checkpoints=[one.state_dict() for one in path[:-1]],
        resolution=SIDE,
    )
    way = surface.trajectory
    assert way is not None
    np.testing.assert_allclose(way.loss, [judge(one.eval(), batches) for one in path], rtol=1e-5)
    vectors = np.stack(
        [nn.utils.parameters_to_vector(one.parameters()).detach().double().numpy() for one in path]
    )
    beside = vectors - vectors[-1]
    np.testing.assert_allclose(way.xy[:, -1], 0, atol=1e-12)
    lengths = np.hypot(*way.xy) ** 2 + way.residual**2
    np.testing.assert_allclose(lengths, np.square(beside).sum(axis=1), atol=1e-10)
    singular = np.linalg.svd(vectors - vectors.mean(axis=0), compute_uv=False) ** 2
    assert f"{singular[:2].sum() / singular.sum():.1%} of the variance" in surface.notes[0]


def test_between_models(tmp_path: Path) -> None:
    model, batches = draw(prelu)
    others = [draw(prelu)[0] for _ in range(2)]
    for number, one in enumerate(others):
        torch.manual_seed(number + 1)
        one.load_state_dict({name: torch.randn_like(part) for name, part in one.state_dict().items()})
    torch.save({"epoch": 3, "model_state_dict": others[0].state_dict()}, tmp_path / "one.pt")
    surface = landscapes.from_torch(
        model, LOSS, batches, directions="minima", checkpoints=[tmp_path / "one.pt"], resolution=65
    )
    at = surface.value([[0.0, 1.0], [0.0, 0.0]])
    np.testing.assert_allclose(at, [judge(one.eval(), batches) for one in (model, others[0])], rtol=2e-2)
    three = landscapes.from_torch(
        model, LOSS, batches, directions="minima", checkpoints=others, resolution=SIDE
    )
    assert three.notes[0].count("(") == 3
    assert three.trajectory is None


def test_the_sharpest_directions() -> None:
    torch.manual_seed(0)
    model, batches = nn.Sequential(nn.Linear(2, 3), nn.Softplus(), nn.Linear(3, 2)).double(), []
    batches = [(torch.randn(n, 2).double(), torch.randn(n, 2).double()) for n in (7, 4)]
    surface = landscapes.from_torch(model, nn.L1Loss(), batches, directions="hessian", resolution=SIDE)
    assert "Hessian" in surface.notes[0]
    surface = landscapes.from_torch(model, nn.MSELoss(), batches, directions="hessian", resolution=SIDE)
    names = [name for name, _ in model.named_parameters()]
    inputs, targets = (torch.cat(parts) for parts in zip(*batches, strict=True))

    def lose(vector: Any) -> Any:
        shapes = [one.shape for one in model.parameters()]
        parts = vector.split([one.numel() for one in model.parameters()])
        state = {name: part.view(shape) for name, part, shape in zip(names, parts, shapes, strict=True)}
        return functional.mse_loss(torch.func.functional_call(model, state, (inputs,)), targets)

    hessian = torch.autograd.functional.hessian(
        lose, nn.utils.parameters_to_vector(model.parameters()).detach()
    )
    largest = torch.linalg.eigvalsh(hessian)[-2:].flip(0).tolist()
    assert f"eigenvalues {largest[0]:.5g}"[:-1] in surface.notes[0]
    assert f"and {largest[1]:.5g}"[:-1] in surface.notes[0]


class Careless(nn.Module):  # type: ignore[misc]
    """Drops out whatever it is told."""

    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Linear(6, 3)

    def forward(self, signal: Any) -> Any:
        return self.layer(functional.dropout(signal))


def _view(model: Any) -> Any:
    model.shared = nn.Parameter(model[0].weight.data)
    return model


def _endless(model: Any) -> Any:
    nn.init.constant_(model[-1].bias, np.nan)
    return model


REFUSED: dict[str, tuple[Callable[[], Any], Any, dict[str, Any]]] = {
    "no shape yet": (lambda: nn.Sequential(nn.LazyLinear(3)), LOSS, {}),
    "complex": (lambda: nn.Linear(6, 3, dtype=torch.complex64), LOSS, {}),
    "no numbers yet": (lambda: nn.Linear(6, 3, device="meta"), LOSS, {}),
    "all weights of the model are frozen": (lambda: prelu().requires_grad_(False), LOSS, {}),
    "in the same memory": (lambda: _view(prelu()), LOSS, {}),
    "the loss of the model is nan": (lambda: _endless(prelu()), LOSS, {}),
    "random": (Careless, LOSS, {}),
    "reduction='sum'": (prelu, nn.CrossEntropyLoss(reduction="sum"), {}),
    "a tensor of shape (12,)": (prelu, lambda answers, _: answers.mean(dim=1), {}),
    "must be a torch.nn.Module": (lambda: 3, LOSS, {}),
    "did you mean filter": (prelu, LOSS, {"directions": "filtr"}),
    "batch_norm": (prelu, LOSS, {"batch_norm": "none"}),
    "no device": (prelu, LOSS, {"device": "cuda:77"}),
    "at least two checkpoints": (prelu, LOSS, {"directions": "pca"}),
    "minima goes through": (prelu, LOSS, {"directions": "minima"}),
    "of another model": (prelu, LOSS, {"checkpoints": [{"0.weight": torch.zeros(2, 2)}]}),
    "no such file": (prelu, LOSS, {"checkpoints": ["nowhere.pt"]}),
    "model.float()": (half, LOSS, {"directions": "hessian"}),
    "at least 4 x 4": (prelu, LOSS, {"resolution": 3}),
}


@pytest.mark.parametrize("words", REFUSED)
def test_what_cannot_be_is_refused_with_a_reason(words: str) -> None:
    make, loss, options = REFUSED[words]
    _, batches = draw(half if make is half else prelu)
    with pytest.raises(InputError) as refused:
        landscapes.from_torch(make(), loss, batches, **{"resolution": SIDE, **options})
    line = str(refused.value)
    assert words.lower() in line.lower()
    assert "\n" not in line


@pytest.mark.parametrize("data", [[], [(torch.zeros(0, 6), torch.zeros(0))], [torch.zeros(3, 6)], 7], ids=str)
def test_data_that_are_no_batches_are_refused(data: Any) -> None:
    with pytest.raises(InputError, match="batch"):
        landscapes.from_torch(prelu(), LOSS, data)


class Trap:
    """What a file must not run."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> Any:
        return Path.touch, (self.mark,)


def test_a_checkpoint_runs_nothing(tmp_path: Path) -> None:
    model, batches = draw(prelu)
    torch.save({"state_dict": model.state_dict(), "more": Trap(tmp_path / "mark")}, tmp_path / "trap.pt")
    with pytest.raises(InputError, match=r"checkpoint 1, .*weights alone"):
        landscapes.from_torch(model, LOSS, batches, checkpoints=[tmp_path / "trap.pt"])
    assert not (tmp_path / "mark").exists()


def test_batches_come_in_every_shape() -> None:
    model, batches = draw(prelu)
    inputs, targets = (torch.cat(parts) for parts in zip(*batches, strict=True))
    whole = grid(landscapes.from_torch(model, LOSS, (inputs, targets), resolution=SIDE))
    dataset = torch.utils.data.TensorDataset(inputs, targets)
    named = [{"input": one, "labels": other} for one, other in batches]
    for data, loss in (
        (dataset, LOSS),
        (torch.utils.data.DataLoader(dataset, 4, shuffle=True), LOSS),
    ):
        np.testing.assert_allclose(
            grid(landscapes.from_torch(model, loss, data, resolution=SIDE)), whole, rtol=1e-5
        )

    class Named(nn.Module):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.model = model

        def forward(self, input: Any, labels: Any) -> Any:
            return {"loss": LOSS(self.model(input), labels)}

    answers = landscapes.from_torch(Named(), lambda answers, _: answers["loss"], named, resolution=SIDE)
    np.testing.assert_allclose(grid(answers), whole, rtol=1e-5)
