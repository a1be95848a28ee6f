"""The loss of a model at points of a plane: weights set, model evaluated, as fast as gives the same numbers."""

import copy
import dataclasses
import functools
import threading
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import torch

from landscapes.errors import InputError
from landscapes.landscape import Array
from landscapes.network.span import Span
from landscapes.torch.batches import Batch, Module, Tensor
from landscapes.torch.fold import fold
from landscapes.torch.weights import Floats, Weights

_TOLERANCE = 1e-5
"""How far a faster way may be off the plain one, as a share of the loss."""
_ROOM = {"cpu": 2**18}
"""Numbers of the widest signal that are worked on at once, so that they stay in the cache."""
_ROOM_ELSEWHERE = 2**26
_TILE = 2**17
"""The same where one point is worked out after the other."""
_FEWEST, _MOST = 8, 256
"""Points that are worth being batched, and how many at most."""

Ask = Callable[[Floats], Floats]
"""Positions ``(k, 2)`` to losses ``(k,)``."""


class Way(NamedTuple):
    """A way to the losses, and how many points it works out at once: fewer are as much work."""

    ask: Ask
    stride: int = 1


@dataclasses.dataclass(frozen=True, eq=False)
class PlaneEvaluator:
    """A function from positions ``(2, k)`` to losses ``(k,)``, float64; NaN or infinite as the model has it.

    May be called from several threads, which then wait for each other: PyTorch has threads of its own. Pickled it
    takes along the model and the data, not what it works with.

    Attributes:
        model: on its device; it only answers, and is not changed.
        loss: what its answers cost.
        batches: that it is judged by.
        weights: that move.
        span: the plane through them.
        probes: some positions ``(2, k)`` at which ways to compute are compared.
        recompute: whether the statistics of batch-norm are those of the data, anew for all weights.
    """

    model: Module
    loss: Callable[..., Any]
    batches: tuple[Batch, ...]
    weights: Weights
    span: Span
    probes: Floats
    recompute: bool = False

    def __call__(self, xy: Array) -> Floats:
        """The losses ``(k,)`` at positions ``(2, k)``.

        Raises:
            InputError: the loss is not one real number. What the model itself raises is passed on.
        """
        with self._lock, torch.no_grad():
            return self._way.ask(np.ascontiguousarray(xy.T, np.float64))

    @property
    def stride(self) -> int:
        """How many points are worked out at once: fewer are as much work."""
        with self._lock, torch.no_grad():
            return self._way.stride

    def __getstate__(self) -> dict[str, Any]:
        kept = {field.name for field in dataclasses.fields(self)}
        return {name: value for name, value in self.__dict__.items() if name in kept}

    @functools.cached_property
    def _lock(self) -> threading.RLock:
        return threading.RLock()

    @functools.cached_property
    def reference(self) -> Floats:
        """The plain way's losses at the probes; NaN where the model fails."""
        return np.concatenate([self._try_plainly(self.probes[:, [k]]) for k in range(self.probes.shape[1])])

    def _try_plainly(self, xy: Array) -> Floats:
        try:
            return self.ask_plainly(xy)
        except InputError:
            raise
        except Exception:  # a point that fails is told where it is asked for
            return np.full(xy.shape[1], np.nan)

    @functools.cached_property
    def _way(self) -> Way:
        """The first of the ways, the likely fastest one first, that gives the plain one's numbers at the probes."""
        plain = Way(self._plain)
        probes, wanted = np.ascontiguousarray(self.probes.T), self.reference
        if self.recompute or not self._is_precise:
            return plain
        tiled = functools.partial(self._fold_norms, tiled=True)
        for prepare in (self._batch_points, tiled, self._fold_norms):
            # Whatever a model does that these ways cannot: the plain way can.
            try:
                way = prepare()
                if way and np.allclose(way.ask(probes), wanted, rtol=_TOLERANCE, atol=1e-7, equal_nan=True):
                    return way
            except Exception:
                continue
        return plain

    def ask_plainly(self, xy: Array) -> Floats:
        """The same by setting the weights and evaluating the model, and nothing cleverer."""
        with self._lock, torch.no_grad():
            return self._plain(np.ascontiguousarray(xy.T, np.float64))

    @functools.cached_property
    def _plain(self) -> Ask:
        return self._walk(copy.deepcopy(self.model))

    @property
    def _is_precise(self) -> bool:
        """Whether another order of sums is no matter: not in half precision."""
        return all(one.dtype in (torch.float32, torch.float64) for one in self.model.parameters())

    def _walk(self, model: Module) -> Ask:
        """One point after the other: weights set, model evaluated."""
        place, measure = self._place(model), measure_anew if self.recompute else measure_loss

        def ask(at: Floats) -> Floats:
            losses = np.empty(len(at))
            for k, (x, y) in enumerate(at.tolist()):
                place(x, y)
                losses[k] = measure(model, self.loss, self.batches)
            return losses

        return ask

    def _place(self, model: Module) -> Callable[[float, float], None]:
        """Sets the weights of a model to those of a position."""
        parameters = [model.get_parameter(name) for name in self.weights.names]
        precise = any(one.dtype == torch.float64 for one in parameters)
        dtype = torch.float64 if precise else torch.float32
        parts = [
            self._send(vector, dtype) for vector in (self.span.origin, self.span.first, self.span.second)
        ]
        there = torch.empty_like(parts[0])
        views = there.split([one.numel() for one in parameters])
        views = [view.view(one.shape) for view, one in zip(views, parameters, strict=True)]

        def place(x: float, y: float) -> None:
            torch.add(parts[0], parts[1], alpha=x, out=there).add_(parts[2], alpha=y)
            for one, view in zip(parameters, views, strict=True):
                one.copy_(view)

        return place

    def _send(self, vector: Any, dtype: Any) -> Tensor:
        return torch.as_tensor(vector).to(dtype).to(self._device)

    @property
    def _device(self) -> Any:
        return next(self.model.parameters()).device

    def _batch_points(self) -> Way | None:
        """Many points at once, where signals are so small that PyTorch takes longer to begin than to compute."""
        model = copy.deepcopy(self.model)
        parameters = [model.get_parameter(name) for name in self.weights.names]
        dtype = parameters[0].dtype
        room = _ROOM.get(self._device.type, _ROOM_ELSEWHERE)
        size = min(room // _find_widest(model, self.batches), _MOST)
        if size < _FEWEST or any(one.dtype != dtype for one in parameters):
            return None
        parts = [
            self._send(vector, dtype) for vector in (self.span.origin, self.span.first, self.span.second)
        ]
        sizes = [one.numel() for one in parameters]
        count = sum(batch.samples for batch in self.batches)

        def judge(batch: Batch, state: dict[str, Tensor]) -> Tensor:
            answers = torch.func.functional_call(model, state, batch.inputs, dict(batch.named))
            return self.loss(answers, batch.targets)

        def ask_some(at: Floats) -> Floats:
            # Always as many, so that the same point has the same loss whatever comes beside it.
            whole = np.concatenate([at, np.repeat(at[-1:], size - len(at), axis=0)])
            x, y = self._send(np.ascontiguousarray(whole.T), dtype).unsqueeze(-1)
            there = torch.addcmul(torch.addcmul(parts[0], x, parts[1]), y, parts[2])
            state = {
                name: part.reshape(size, *one.shape)
                for name, part, one in zip(self.weights.names, there.split(sizes, 1), parameters, strict=True)
            }
            total = np.zeros(size)
            for batch in self.batches:
                losses = torch.func.vmap(functools.partial(judge, batch))(state)
                total += batch.samples / count * losses.reshape(size).cpu().double().numpy()
            return total[: len(at)]

        def ask(at: Floats) -> Floats:
            return np.concatenate([ask_some(at[k : k + size]) for k in range(0, len(at), size)])

        return Way(ask, size)

    def _fold_norms(self, *, tiled: bool = False) -> Way | None:
        """Norms worked into the convolutions before them, and channels last, as the processor likes them.

        With ``tiled`` so few samples at once that they stay in the cache: models that see each for itself.
        """
        model = copy.deepcopy(self.model)
        last = self._device.type == "cpu"
        folded = fold(model, channels_last=last)
        if folded is None:
            return None
        place = self._place(model)
        batches = tuple(_put_channels_last(batch) for batch in self.batches) if last else self.batches
        answer = folded.model
        if tiled:
            most = max(batch.samples for batch in batches)
            room = _TILE if last else _ROOM_ELSEWHERE
            answer = _tile(answer, max(room * most // _find_widest(model, self.batches), 1))

        def ask(at: Floats) -> Floats:
            losses = np.empty(len(at))
            for k, (x, y) in enumerate(at.tolist()):
                place(x, y)
                folded.follow()
                losses[k] = measure_loss(answer, self.loss, batches)
            return losses

        return Way(ask)


def measure_loss(model: Module, loss: Callable[..., Any], batches: tuple[Batch, ...]) -> float:
    """The mean loss over all samples.

    Raises:
        InputError: the loss is not one real number.
    """
    count = sum(batch.samples for batch in batches)
    return sum(batch.samples / count * _as_number(batch.judge(model, loss)) for batch in batches)


def measure_anew(model: Module, loss: Callable[..., Any], batches: tuple[Batch, ...]) -> float:
    """The same after the statistics of batch-norm are made those of the batches: their mean, each counting alike."""
    norms = [
        one
        for one in model.modules()
        if isinstance(one, torch.nn.modules.batchnorm._BatchNorm) and one.track_running_stats
    ]
    momenta = [one.momentum for one in norms]
    for one in norms:
        one.reset_running_stats()
        one.momentum = None
        one.train()
    for batch in batches if norms else ():
        model(*batch.inputs, **batch.named)
    for one, momentum in zip(norms, momenta, strict=True):
        one.momentum = momentum
        one.eval()
    return measure_loss(model, loss, batches)


def _as_number(cost: Any) -> float:
    if isinstance(cost, torch.Tensor) and cost.numel() == 1 and not cost.is_complex():
        return float(cost)
    if isinstance(cost, int | float):
        return float(cost)
    what = (
        f"a tensor of shape {tuple(cost.shape)}"
        if isinstance(cost, torch.Tensor)
        else f"a {type(cost).__name__}"
    )
    raise InputError(
        f"the loss must return one real number for a batch, not {what}: take the mean over its samples"
    )


def _find_widest(model: Module, batches: tuple[Batch, ...]) -> int:
    """Numbers of the widest signal between layers."""
    sizes = [1]

    def note(_module: Module, _inputs: Any, answer: Any) -> None:
        if isinstance(answer, torch.Tensor):
            sizes.append(answer.numel())

    hooks = [one.register_forward_hook(note) for one in model.modules()]
    largest = max(batches, key=lambda batch: batch.samples)
    model(*largest.inputs, **largest.named)
    for hook in hooks:
        hook.remove()
    return max(sizes)


def _tile(model: Module, size: int) -> Callable[..., Tensor]:
    """The model's answers, worked out for some samples at a time."""

    def answer(*inputs: Tensor) -> Tensor:
        tiles = zip(*(one.split(size) for one in inputs), strict=True)
        return torch.cat([model(*tile) for tile in tiles])

    return answer


def _put_channels_last(batch: Batch) -> Batch:
    inputs = tuple(
        part.contiguous(memory_format=torch.channels_last)
        if isinstance(part, torch.Tensor) and part.ndim == 4
        else part
        for part in batch.inputs
    )
    return batch._replace(inputs=inputs)
