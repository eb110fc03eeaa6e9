"""Recipes as YAML files and as the rows of runs keep them: sections of settings, of which a file names what differs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, fields, is_dataclass
from difflib import get_close_matches
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Literal, get_args, get_origin, get_type_hints

import yaml

from feedback.errors import Invalid, NotFound
from feedback.legacy_recipe_names import new_names
from finetune.methods.registry import method_named
from finetune.settings import METHODS, Recipe

__all__ = ["METHODS", "Recipe", "load_recipe", "recipe_as_dict", "recipe_from"]

KINDS: dict[Any, str] = {
    int: "a whole number",
    float: "a number",
    str: "text",
    bool: "true or false",
    tuple[float, ...]: "a list of numbers",
    tuple[str, ...]: "a list of names",
}


def load_recipe(path: Path | str, method: str | None = None) -> Recipe:
    """The recipe in a YAML file, with the defaults of its method, or of `method`, which wins over the file's.

    NotFound when there is no such file; Invalid, in one line that names the field, for what cannot be meant.
    """
    path = Path(path)
    if not path.is_file():
        raise NotFound(f"no recipe file {path}")
    try:
        content = yaml.safe_load(path.read_text()) or {}
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise Invalid(f"recipe {path} is not YAML: {' '.join(str(error).split())}") from error
    if not isinstance(content, dict):
        raise Invalid(f"recipe {path} must hold `section:` and `field: value` lines")
    return recipe_from(content, method)


def recipe_from(content: Mapping[str, Any], method: str | None = None) -> Recipe:
    """A recipe from nested plain values, as in a YAML file or a run's row; Invalid names an unknown field or a bad value.

    What is not named has the default of the method: of `method`, or else of the one that is named.
    """
    given = dict(content) if method is None else {**content, "method": method}
    sections = section_types()
    for section in sections:
        if not isinstance(given.get(section) or {}, Mapping):
            raise Invalid(f"recipe section {section} holds `field: value` lines, not {given[section]!r}")
    refuse_unknown(given, sections)
    defaults = method_named(str(given.get("method", Recipe.method))).defaults
    top = {name: converted(name, given[name], hint) for name, hint in top_fields().items() if name in given}
    return Recipe(**top, **{name: section_from(kind, defaults, given) for name, kind in sections.items()})


def section_from(kind: type, defaults: Mapping[str, Mapping[str, Any]], given: Mapping[str, Any]) -> Any:
    """One section: what is given, over the method's defaults, over the dataclass's own."""
    name = kind.section  # type: ignore[attr-defined]
    hints = get_type_hints(kind)
    values = {**defaults.get(name, {}), **(given.get(name) or {})}
    return kind(**{field: converted(f"{name}.{field}", value, hints[field]) for field, value in values.items()})


def section_types() -> dict[str, type]:
    """The dataclass of each section, by the recipe's field."""
    return {
        name: hint for name, hint in get_type_hints(Recipe).items() if is_dataclass(hint) and isinstance(hint, type)
    }


def top_fields() -> dict[str, Any]:
    """The type of each field outside of sections."""
    hints = get_type_hints(Recipe)
    return {field.name: hints[field.name] for field in fields(Recipe) if not is_dataclass(hints[field.name])}


def refuse_unknown(given: Mapping[str, Any], sections: Mapping[str, type]) -> None:
    """Invalid for the first name that no recipe has: with what it is called now, or with the nearest name there is."""
    known = {
        *top_fields(),
        *sections,
        *(f"{name}.{field.name}" for name, kind in sections.items() for field in fields(kind)),
    }
    for dotted in dotted_names(given, sections):
        if dotted not in known:
            raise Invalid(f"recipe field {dotted} {describe_unknown(dotted, known)}")


def dotted_names(given: Mapping[str, Any], sections: Mapping[str, type]) -> Iterator[str]:
    for name, value in given.items():
        if name in sections:
            yield from (f"{name}.{field}" for field in value or {})
        else:
            yield str(name)


def describe_unknown(dotted: str, known: set[str]) -> str:
    section, name = f"{dotted.partition('.')[0]}.", last_part(dotted)
    own_first = sorted(known, key=lambda each: (not each.startswith(section), each))
    renamed = new_names(name) or [each for each in own_first if last_part(each) == name]
    if renamed:
        return f"is now {' or '.join(renamed)}"
    near = get_close_matches(name, [last_part(each) for each in own_first], 1, 0.7)
    if near:
        return f"is unknown: did you mean {next(each for each in own_first if last_part(each) == near[0])}?"
    there = [each for each in own_first if each.startswith(section)] or [each for each in own_first if "." not in each]
    return f"is unknown; there are {', '.join(there)}"


def last_part(dotted: str) -> str:
    return dotted.rpartition(".")[2]


def converted(name: str, value: Any, hint: Any) -> Any:
    """The value as the field's type: 1 is a float, 1e-3 is one though YAML reads it as text."""
    if choices := choices_of(hint):
        return chosen(name, value, hint, choices)
    if isinstance(hint, UnionType):
        if value is None:
            return None
        hint = next(each for each in get_args(hint) if each is not NoneType)
    try:
        if not get_args(hint):
            return plain(value, hint)
        if isinstance(value, str):  # its letters are not a list
            raise ValueError
        return tuple(plain(each, get_args(hint)[0]) for each in value)
    except (TypeError, ValueError, OverflowError):
        raise Invalid(f"recipe field {name}: {value!r} is not {KINDS[hint]}") from None


def choices_of(hint: Any) -> tuple[str, ...]:
    """Of a Literal, or of one among other types."""
    if get_origin(hint) is Literal:
        return get_args(hint)
    return next((choices for each in get_args(hint) if (choices := choices_of(each))), ())


def chosen(name: str, value: Any, hint: Any, choices: tuple[str, ...]) -> Any:
    """One of the words, or a number where the field may also be one. YAML reads on and off as true and false."""
    word = ("on" if value else "off") if isinstance(value, bool) else value
    if word in choices:
        return word
    numbers = [each for each in get_args(hint) if each in (int, float)]
    if numbers and not isinstance(value, str):
        return converted(name, value, numbers[0])
    allowed = [*choices, *(KINDS[each] for each in numbers)]
    raise Invalid(f"recipe field {name}: {value!r} is not one of {', '.join(allowed)}")


def plain(value: Any, kind: type) -> Any:
    """The value as int, float, str or bool; TypeError or ValueError when it is none."""
    if isinstance(value, bool) != (kind is bool) or (kind is int and int(value) != float(value)):
        raise ValueError
    return kind(value)


def recipe_as_dict(recipe: Recipe) -> dict[str, Any]:
    """Nested plain JSON values, as the run's row keeps them."""
    return plain_json(asdict(recipe))


def plain_json(values: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: plain_json(value) if isinstance(value, dict) else list(value) if isinstance(value, tuple) else value
        for name, value in values.items()
    }
