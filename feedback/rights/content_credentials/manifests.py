"""What credentials say: how a take was made, by which actions and from which ingredients, and its passport.

A take that a brief alone led to was created; one that started from a picture was edited from it, and the picture is its
parent; a file made elsewhere was opened and encoded again.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from feedback.rights.passport import COMPOSITE, Passport
from feedback.rights.take_record.inputs import MASK, ORIGINAL, SOURCE, Input
from feedback.rights.take_record.making import ELSEWHERE

PASSPORT = "org.circletake.passport"
CUT = "org.circletake.cut"
ACTIONS = "c2pa.actions.v2"
TRAINING_MINING = "cawg.training-mining"
"""https://cawg.io/training-and-data-mining/: what others may do with a file that left the studio."""
USES = ("cawg.ai_training", "cawg.ai_generative_training", "cawg.data_mining")
SHOWN = 12

Manifest = dict[str, Any]
Ingredient = dict[str, str]


def take_manifest(passport: Passport, title: str) -> Manifest:
    """Of a file that shows a take. `title`: the file's name."""
    ingredients = ingredients_of(passport)
    return with_assertions(
        title,
        [
            {"label": ACTIONS, "data": {"actions": actions_of(passport, ingredients), "allActionsIncluded": True}},
            {"label": PASSPORT, "data": plain(passport)},
        ],
        ingredients,
    )


def preview_manifest(passport: Passport, title: str) -> Manifest:
    """Of a file that raters see: that it was generated, and of which take. Nothing that tells its version."""
    made = cut_manifest(title, passport["project"], {passport["take"]: passport})
    created = made["assertions"][0]["data"]["actions"][0]
    created |= {"digitalSourceType": passport["marking"]["digital_source_type"]}
    created["description"] = f"A preview of take {passport['take']} of {passport['project']}/{passport['shot']}"
    for take in made["assertions"][1]["data"]["takes"]:
        del take["media_sha256"]
    return made


def cut_manifest(
    title: str, project: str, passports: Mapping[int, Passport], more: Mapping[str, Any] | None = None
) -> Manifest:
    """Of a file that shows or lists several takes. It names no version: raters may sit in the screening of an animatic."""
    takes = [
        {"take": take, "shot": each["shot"], "media_sha256": each["media"], "complete": each["complete"]}
        for take, each in passports.items()
    ]
    created = {
        "action": "c2pa.created",
        "digitalSourceType": COMPOSITE,
        "softwareAgent": claim_generator(),
        "description": f"The selects of {project}, every one of them generated",
    }
    return with_assertions(
        title,
        [
            {"label": ACTIONS, "data": {"actions": [created], "allActionsIncluded": True}},
            {"label": CUT, "data": plain({"project": project, "takes": takes, **(more or {})})},
        ],
        [],
    )


def storyboard_manifest(title: str, project: str, panels: int) -> Manifest:
    """Of an animatic of a storyboard. It names no take: everybody who sees the project may have it."""
    made = cut_manifest(title, project, {}, {"panels": panels})
    made["assertions"][0]["data"]["actions"][0]["description"] = (
        f"A storyboard of {project}, every panel of it generated"
    )
    return made


def with_assertions(title: str, assertions: list[dict[str, Any]], ingredients: list[Ingredient]) -> Manifest:
    not_allowed = {TRAINING_MINING: {"entries": {use: {"use": "notAllowed"} for use in USES}}}
    others = [{"label": label, "data": data} for label, data in not_allowed.items()]
    return {
        "claim_generator_info": [claim_generator()],
        "title": title,
        "assertions": [*assertions, *others],
        "ingredients": ingredients,
    }


def claim_generator() -> dict[str, str]:
    return {"name": "Circletake", "version": own_version()}


@cache
def own_version() -> str:
    try:
        return version("circletake")
    except PackageNotFoundError:  # run from a folder that was never installed
        return "unknown"


def plain(value: Any) -> Any:
    """JSON values alone."""
    return json.loads(json.dumps(value))


def ingredients_of(passport: Passport) -> list[Ingredient]:
    """The take's own inputs. The first picture is the parent, a mask an input of the drawing."""
    own = [each for each in passport["inputs"] if each["through"] is None]
    return [ingredient_of(each) for each in own]


def ingredient_of(given: Input) -> Ingredient:
    return {
        "title": given["role"] if given["role"] == ORIGINAL else f"{given['role']}: {given['origin']}",
        "format": given["mime"] or "application/octet-stream",
        "relationship": "inputTo" if given["role"] == MASK else "parentOf",
        "label": given["role"].replace(" ", "_"),
        "instance_id": f"sha256:{given['sha256']}",
    }


def actions_of(passport: Passport, ingredients: list[Ingredient]) -> list[dict[str, Any]]:
    labels = [each["label"] for each in ingredients]
    made = making_action(passport)
    if not labels:
        return [{"action": "c2pa.created", **made}]
    parent = next((role for role in (ORIGINAL, SOURCE) if role.replace(" ", "_") in labels), SOURCE).replace(" ", "_")
    opened = {"action": "c2pa.opened", "parameters": {"ingredientIds": [parent]}}
    is_outside = passport["making"]["workflow"]["made"] == ELSEWHERE
    made["parameters"]["ingredientIds"] = labels
    return [opened, {"action": "c2pa.transcoded" if is_outside else "c2pa.edited", **made}]


def making_action(passport: Passport) -> dict[str, Any]:
    """Which model made it, from which words and seed."""
    making = passport["making"]
    model = making["model"]
    named = " ".join(filter(None, (model["version"], f"({model['base']})" if model["base"] else "")))
    parameters = {
        "org.circletake.prompt": making["prompt"],
        "org.circletake.prompt_sha256": making["prompt_sha256"],
        "org.circletake.seed": making["seed"],
        "org.circletake.base_sha256": model["base_sha256"],
        "org.circletake.adapters_sha256": [each["sha256"] for each in model["adapters"]] or None,
    }
    when = {"when": passport["drawn"]} if passport["drawn"] else {}
    return {
        **when,
        "digitalSourceType": passport["marking"]["digital_source_type"],
        "softwareAgent": {"name": named or "not named", "version": (model["base_sha256"] or "unknown")[:SHOWN]},
        "parameters": {name: value for name, value in parameters.items() if value is not None},
    }
