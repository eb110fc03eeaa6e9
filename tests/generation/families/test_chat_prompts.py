"""Prompts that text encoders read as a chat: counted as the pipelines cut them, and nothing of the template lost."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from generation.models.loading import load_base
from generation.request import request_of
from tests.generation.families.spying import ForwardSpy
from tests.tiny_pipelines.catalogue import BRIEF, TINY

NAMES = ("flux.2 klein", "qwen-image", "z-image")
LETTER = "q"  # one token each


@pytest.fixture(scope="module", params=NAMES)
def model(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Any, Any]:
    """(pipeline, family)."""
    tiny = TINY[request.param]
    folder: Path = tiny.make(tmp_path_factory.mktemp("model"), **tiny.options)
    return load_base(str(folder), "cpu")[:2]


def tokens_read(pipe: Any, family: Any, prompt: str) -> int:
    """By the text encoder, but for those whose answers are dropped."""
    with ForwardSpy(pipe.text_encoder) as spy:
        family.encode_prompt(pipe, [request_of({**BRIEF, "prompt": prompt})])
    dropped = getattr(pipe, "prompt_template_encode_start_idx", 0)
    return int(spy.named[0]["attention_mask"].sum()) - dropped


@pytest.mark.parametrize("prompt", ["a sea", "the sea, at dusk: 12 boats!", ""])
def test_tokens_are_counted_with_what_the_template_adds(model: tuple[Any, Any], prompt: str) -> None:
    pipe, family = model
    assert family.count_tokens(pipe, prompt) == tokens_read(pipe, family, prompt)


def test_the_longest_prompt_is_read_whole_and_a_longer_one_is_not(model: tuple[Any, Any]) -> None:
    """What is read of a prompt shows in its last row: of one that is too long, the template's end is cut off."""
    pipe, family = model
    most = family.longest_prompt(pipe)
    longest = LETTER * (most - family.count_tokens(pipe, ""))
    assert family.count_tokens(pipe, longest) == most
    rows = [
        family.encode_prompt(pipe, [request_of({**BRIEF, "prompt": prompt})])["encoder_hidden_states"][0]
        for prompt in (longest, longest + LETTER)
    ]
    assert rows[0].shape == rows[1].shape
    assert len(rows[0]) == most
    assert (rows[0][-1] != rows[1][-1]).any()
