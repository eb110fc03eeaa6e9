"""The methods there are."""

from __future__ import annotations

from feedback.errors import Invalid
from finetune.methods.dpo import Dpo
from finetune.methods.frames import LibrarySft
from finetune.methods.guided.method import Guided
from finetune.methods.kto import Kto
from finetune.methods.mapo import Mapo
from finetune.methods.protocol import Method
from finetune.methods.ranked.method import Ranked
from finetune.methods.sft import Sft
from finetune.settings import METHODS, Recipe

CLASSES: tuple[type[Method], ...] = (Guided, Ranked, Dpo, Kto, Mapo, Sft)


def method_named(name: str) -> type[Method]:
    """Invalid when there is none of this name."""
    for method in CLASSES:
        if method.name == name:
            return method
    raise Invalid(f"recipe field method: {name!r} is not one of {', '.join(METHODS)}")


def make_method(recipe: Recipe) -> Method:
    """The recipe's method, not prepared yet."""
    if recipe.learns_from_library:
        return LibrarySft(recipe)
    return method_named(recipe.method)(recipe)
