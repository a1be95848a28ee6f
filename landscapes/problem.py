"""A training of the user's own, as ``downslope scan script.py:problem`` finds it."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple


class Problem(NamedTuple):
    """A PyTorch model and what it is judged by; see ``from_torch`` for each of them.

    Attributes:
        model: a ``torch.nn.Module``.
        loss: what its answers cost.
        data: batches.
        checkpoints: of the training, in order: state dicts, models or paths of files.
        title: what a player reads; the model's class if empty.
    """

    model: Any
    loss: Callable[..., Any]
    data: Iterable[Any]
    checkpoints: Sequence[Any] = ()
    title: str = ""
