"""A name for what is scanned, so that what is kept of a scan is found again, and that of another model never."""

from collections.abc import Callable, Iterable
from typing import Any

import torch

from landscapes.network.store import hash_of
from landscapes.torch.batches import Tensor, list_tensors
from landscapes.torch.evaluate import PlaneEvaluator

_VERSION = "1"
"""Of what is kept on disk: to be changed with whatever changes a number there."""


def name_scan(evaluate: PlaneEvaluator, also: str = "") -> str:
    """The same for the same losses; another one if a weight, a buffer, a sample or a direction is another.

    What a model and a loss do with these has no name of its own: some losses stand for it, to four digits, since a card
    need not sum in the same order twice.

    Args:
        evaluate: what gives the losses.
        also: whatever else they depend on, such as the text of the user's own code.
    """
    model, span = evaluate.model, evaluate.span
    parts: list[Any] = [_VERSION, also, torch.__version__, str(evaluate.recompute)]
    parts += [*evaluate.weights.names, *_describe(model), *_describe(evaluate.loss)]
    parts += [span.origin, span.first, span.second]
    for batch in evaluate.batches:
        parts.append(str(batch.samples))
        parts += map(_digest, list_tensors((batch.inputs, batch.named, batch.targets)))
    parts += [f"{loss:.4g}" for loss in evaluate.reference.tolist()]
    return hash_of(*parts)


def _describe(one: Callable[..., Any]) -> Iterable[str]:
    """The kinds of a module's parts, and all that they hold; the name of anything else."""
    if not isinstance(one, torch.nn.Module):
        yield str(getattr(one, "__qualname__", type(one).__qualname__))
        return
    for name, part in one.named_modules():
        yield f"{name} {type(part).__qualname__}"
    for name, tensor in (*one.named_parameters(), *one.named_buffers()):
        yield f"{name} {_digest(tensor)}"


def _digest(tensor: Tensor) -> str:
    """Of the bits of a tensor, whatever numbers they are."""
    there = tensor.detach().cpu().resolve_conj().resolve_neg().contiguous().reshape(-1)
    return hash_of(there.view(torch.uint8).numpy(), f"{tensor.dtype} {tuple(tensor.shape)}")
