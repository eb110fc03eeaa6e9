"""What a model family can draw is checked before any time is spent on drawing it."""

from __future__ import annotations

from typing import Any, Protocol

from feedback.errors import Invalid
from feedback.production.sources import check_strength
from generation.families.protocol import Family
from generation.models.limits import Limits, Shape, check_limits
from generation.request import BriefRow, Request, request_of


class HasPipe(Protocol):
    """A loaded version, or anything else with a pipeline and its family."""

    @property
    def pipe(self) -> Any: ...

    @property
    def family(self) -> Family: ...

    @property
    def limits(self) -> Limits: ...


def check_brief(loaded: HasPipe, brief: BriefRow | Request) -> None:
    """Invalid, with one line that names the value and the fix, when this version cannot draw the brief."""
    request = request_of(brief)
    check_kind(loaded.family, request)
    check_text(loaded, "prompt", request.prompt)
    check_text(loaded, "negative prompt", request.negative_prompt, may_be_empty=True)
    reason = loaded.family.refuse_size(loaded.pipe, *request.size)
    if reason:
        raise Invalid(reason)
    check_limits(loaded.limits, Shape(request.kind, *request.size))
    reason = loaded.family.refuse_settings(loaded.pipe, request)
    if reason:
        raise Invalid(reason)
    reason = loaded.family.refuse_source(loaded.pipe, request)
    if reason:
        raise Invalid(reason)
    if request.guidance_2 is not None and len(loaded.family.denoisers_of(loaded.pipe)) < 2:
        raise Invalid("this model has one denoiser, and so no second guidance: leave guidance_2 out")
    if not 1 <= request.steps <= 1000:
        raise Invalid(f"{request.steps} steps cannot be drawn: use 1 to 1000")
    if request.strength is not None:
        check_strength(request.strength, request.steps)


def check_kind(family: Family, request: Request) -> None:
    kind, frames = request.kind, request.frames
    if kind not in family.kinds:
        raise Invalid(f"kind {kind!r} cannot be drawn by this model: use {' or '.join(family.kinds)}")
    if (kind == "still") != (frames == 1):
        raise Invalid(f"a {kind} of {frames} frames cannot be drawn: a still has 1 frame and a clip more")


def check_text(loaded: HasPipe, name: str, text: str, may_be_empty: bool = False) -> None:
    """Counted in the model's own tokens, since that is where its encoder would cut the text off."""
    if not text.strip() and not may_be_empty:
        raise Invalid(f"the {name} is empty: say what the take should show")
    tokens, most = loaded.family.count_tokens(loaded.pipe, text), loaded.family.longest_prompt(loaded.pipe)
    if tokens > most:
        raise Invalid(f"the {name} is too long: {tokens} tokens, and this model reads at most {most}")
