"""The options of `circletake generate` that say what a --prompt is drawn as: settings of the brief that it makes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any

import click

OPTIONS = {
    "kind": click.option("--kind", type=click.Choice(["still", "clip"]), help="Of takes.  [default: still]"),
    "width": click.option("--width", type=int, help="Pixels.  [default: what the version usually draws]"),
    "height": click.option("--height", type=int, help="Pixels.  [default: likewise]"),
    "frames": click.option("--frames", type=int, help="Of a clip.  [default: likewise]"),
    "fps": click.option("--fps", help="Frames a second, such as 24000/1001.  [default: the model's, or the shot's]"),
    "steps": click.option("--steps", type=int, help="Of the sampler.  [default: what the version usually has]"),
    "guidance": click.option("--guidance", type=float, help="How much the prompt is followed.  [default: likewise]"),
    "guidance_2": click.option(
        "--guidance-2", type=float, help="Of a second denoiser, for low noise.  [default: equal]"
    ),
    "negative_prompt": click.option("--negative", "negative_prompt", help="What is not wanted.  [default: nothing]"),
    "source": click.option(
        "--source",
        metavar="FILE|TAKE|plate",
        help="Start from this PNG, JPEG, WebP or MP4 file, from the take of this number, or from the plate of the --shot.",
    ),
    "mask": click.option(
        "--mask", metavar="FILE|TAKE", help="Of a still --source: draw where this is white, keep the rest."
    ),
    "licence": click.option("--licence", help="What a --source FILE or plate is under, as `licence add` recorded it."),
    "strength": click.option("--strength", type=float, help="How much of the --source may change.  [default: 0.6]"),
    "shot": click.option("--shot", help="The code of the shot that it is for.  [default: SCRATCH]"),
}


def brief_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Adds these options; the command gets those that were given as `settings`, by the names of a brief's fields."""

    @wraps(command)
    def with_settings(*values: Any, **options: Any) -> Any:
        settings = {name: options.pop(name) for name in OPTIONS}
        return command(
            *values, settings={name: value for name, value in settings.items() if value is not None}, **options
        )

    for option in reversed(OPTIONS.values()):
        with_settings = option(with_settings)
    return with_settings


def refuse_settings_of_brief(settings: Mapping[str, Any]) -> None:
    """click.UsageError when a brief that exists was given settings beside."""
    for name in settings:
        flag = "negative" if name == "negative_prompt" else name.replace("_", "-")
        raise click.UsageError(f"--{flag} is for a --prompt: a brief has its own")
