"""Recipes and metrics of stored runs under today's names (`feedback.legacy_recipe_names`)."""

from __future__ import annotations

import json

import sqlite_utils

from feedback.legacy_recipe_names import rename_metrics, rename_recipe


def m009_recipe_names(db: sqlite_utils.Database) -> None:
    for run, recipe, metrics in db.execute("SELECT id, recipe, metrics FROM runs").fetchall():
        change = {"recipe": json.dumps(rename_recipe(json.loads(recipe)), sort_keys=True)}
        if metrics:
            change["metrics"] = json.dumps(rename_metrics(json.loads(metrics)), sort_keys=True)
        db.table("runs").update(run, change)
