"""Records what a pipeline's parts are called with in a real run."""

from __future__ import annotations

from types import TracebackType
from typing import Any, Self

import pytest
import torch


class Spy:
    """Records what a bound method is called with, and calls it."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, owner: Any, name: str) -> None:
        self.calls: list[tuple[tuple, dict]] = []
        real = getattr(owner, name)

        def recorded(*arguments: Any, **named: Any) -> Any:
            self.calls.append((arguments, named))
            return real(*arguments, **named)

        monkeypatch.setattr(owner, name, recorded)


class ForwardSpy:
    """Records what a network is shown and answers, within a `with` block."""

    def __init__(self, network: torch.nn.Module) -> None:
        self.network = network
        self.calls: list[tuple] = []
        self.named: list[dict[str, Any]] = []
        self.answers: list[Any] = []

    def __enter__(self) -> Self:
        self.hook = self.network.register_forward_hook(self.record, with_kwargs=True)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.hook.remove()

    def record(self, network: torch.nn.Module, arguments: tuple, named: dict[str, Any], answer: Any) -> None:
        self.calls.append(arguments)
        self.named.append(named)
        self.answers.append(answer)
