"""Any PyTorch model as a landscape; PyTorch itself is imported when one is made, and is an extra."""

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Executor
from pathlib import Path
from typing import Any

from landscapes.errors import InputError
from landscapes.files.sheet import Sheet
from landscapes.landscape import Landscape


def from_torch(
    model: Any,
    loss_fn: Callable[..., Any],
    data: Iterable[Any],
    *,
    directions: str = "filter",
    checkpoints: Sequence[Any] = (),
    resolution: int = 64,
    span: float = 1.0,
    seed: int = 0,
    biases: bool = False,
    batch_norm: str = "fixed",
    device: Any = None,
    title: str = "",
    executor: Executor | None = None,
    folder: Path | None = None,
    key: str = "",
    on_level: Callable[[Sheet], None] | None = None,
) -> Landscape:
    """The loss of a model over a plane through its weights, which are at (0, 0).

    On the grid points it is the model's own loss: weights set, model evaluated, without dropout, averaged over the
    samples of all batches. Between them a spline, whose slope is the surface's gradient. The model is copied, and never
    changed. Where it raises something, or its loss is no finite number, there is a hole, and ``notes`` say why.
    Multi-layer perceptrons are worked out by our own engine instead, so that they also roll as whole networks.

    Args:
        model: any ``torch.nn.Module``.
        loss_fn: what the answers of a batch cost on average.
        data: batches ``(inputs, ..., targets)``, for ``loss_fn(model(inputs, ...), targets)``, or mappings, for
            ``loss_fn(model(**batch), batch)``; read once, and kept. Two tensors are one batch, and a map-style data set
            is batched.
        directions: a name in ``planes.DIRECTIONS``: filter, layer, random, pca, hessian or minima.
        checkpoints: of the training, in order: state dicts, models or paths of files that ``torch.save`` wrote; they
            are projected onto the plane.
        resolution: grid points along each side.
        span: how far the map reaches; 1 is as far as the directions suggest.
        seed: of all that is random.
        biases: whether biases and the weights of norms move along random directions, by what they are.
        batch_norm: its statistics: ``fixed`` for those of the model everywhere, ``recomputed`` for those of the data,
            anew at every grid point.
        device: where to compute; CUDA or MPS if there is one, else the processor.
        title: what a player reads; the model's class if empty.
        executor: who evaluates; this very thread, with as many of PyTorch's own as it likes, if ``None``.
        folder: where finished parts are kept, so that the same scan goes on where it was interrupted; ``None`` keeps
            nothing. They are found by weights, data, directions and some losses.
        key: what else the losses depend on, such as the text of the model's code.
        on_level: given ever finer grids as soon as each is whole, with all that a file is to hold; see ``refine``.

    Raises:
        InputError: PyTorch is missing, or what was given makes no surface. What the model raises at its own weights is
            passed on.

    Source: H. Li, Z. Xu, G. Taylor, C. Studer, T. Goldstein, "Visualizing the loss landscape of neural nets",
    NeurIPS 2018.
    """
    try:
        from landscapes.torch.build import Course, Wishes, build
    except ModuleNotFoundError as missing:
        if missing.name != "torch":
            raise
        raise InputError("PyTorch is not installed here: pip install 'downslope[torch]'") from None
    wishes = Wishes(directions, resolution, span, seed, biases, batch_norm, device, title)
    return build(model, loss_fn, data, checkpoints, wishes, Course(executor, folder, key, on_level))
