"""The embeddings of the last few prompts: a brief's takes are drawn group by group, and its prompt is encoded once.

Every diffusers pipeline encodes in its own `encode_prompt`, with all that it depends on as arguments. While takes are
drawn, that method answers a call that it has had before with copies of the tensors that it gave then. So no family has
to know of it, and no bit of a pixel can change: it is the same call of the same text encoder, which is never tuned, and
what the caller writes into is a copy.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from inspect import signature
from typing import Any
from weakref import WeakKeyDictionary

import torch

KEPT = 4  # calls of one text encoder; of the largest, a group's embeddings are some tens of megabytes
PLAIN = (str, int, float, bool, torch.device, torch.dtype, type(None))

Calls = OrderedDict[Hashable, Any]
_calls: WeakKeyDictionary[torch.nn.Module, Calls] = WeakKeyDictionary()  # by text encoder, whichever versions it serves


class _NotPlain(Exception):
    """What can be neither part of a key nor copied."""


@contextmanager
def encoding_once(pipe: Any) -> Iterator[None]:
    """Within the block the pipeline remembers the prompts that it has encoded, in earlier blocks too."""
    encoder = getattr(pipe, "text_encoder", None)
    if not isinstance(encoder, torch.nn.Module) or not hasattr(pipe, "encode_prompt"):
        yield
        return
    calls = _calls.setdefault(encoder, OrderedDict())
    pipe.encode_prompt = remembering(pipe.encode_prompt, circumstances(pipe), calls)
    try:
        yield
    finally:
        del pipe.encode_prompt  # the class's own is called again


def circumstances(pipe: Any) -> Hashable:
    """What an `encode_prompt` may look at besides its arguments: its class, and where and as what the networks are."""
    networks = {name: part for name, part in pipe.components.items() if isinstance(part, torch.nn.Module)}
    encoders = tuple(id(part) for name, part in networks.items() if name.startswith("text_encoder"))
    formats = tuple((name, part.device, part.dtype) for name, part in networks.items())
    return type(pipe), encoders, formats


def remembering(encode: Callable[..., Any], where: Hashable, calls: Calls) -> Callable[..., Any]:
    parameters = signature(encode)

    def encode_prompt(*positional: Any, **named: Any) -> Any:
        try:
            key = where, torch.is_grad_enabled(), key_of(parameters.bind(*positional, **named).arguments)
            if key in calls:
                calls.move_to_end(key)
                return copied(calls[key])
            encoded = encode(*positional, **named)
            calls[key] = copied(encoded)
        except _NotPlain:
            return encode(*positional, **named)
        if len(calls) > KEPT:
            calls.popitem(last=False)
        return encoded

    return encode_prompt


def key_of(value: Any) -> Hashable:
    """An argument as part of a key: numbers of different types are different, and order counts."""
    if isinstance(value, PLAIN):
        return type(value), value
    if isinstance(value, dict):
        return dict, tuple((name, key_of(each)) for name, each in value.items())
    if isinstance(value, list | tuple):
        return type(value), tuple(map(key_of, value))
    raise _NotPlain


def copied(value: Any) -> Any:
    """The same with tensors that share no memory with those given."""
    if isinstance(value, torch.Tensor):
        return value.clone()
    if isinstance(value, PLAIN):
        return value
    if type(value) in (list, tuple):
        return type(value)(map(copied, value))
    raise _NotPlain
