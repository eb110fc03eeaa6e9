"""Words that only this project used, and where one is used again. `python -m tests.words` lists them and counts.

Names are read from the code itself (ast for Python, tokens for JavaScript, the schema of a new studio, the fields of a
recipe), so that a string that seeds a hash, a table of renamed settings and a paper's title are none of its business. Docs are
read as text. Close to the same with grep, for the words that mean nothing else; what seeds a hash and what old names are
renamed by is left out:

    git grep -nwiE 'liking|scorer|foresight|evenness|steepness|deck|tally|teaching|tending' -- '*.py' '*.js' '*.md' \\
        ':!docs/research' ':!CHANGELOG.md' ':!tests/*words.py' ':!*legacy_recipe_names.py' ':!tests/finetune/test_recipe.py' \\
        ':!feedback/store/migrations' | grep -v digest | wc -l
"""

from __future__ import annotations

import ast
import re
import sys
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
CODE = ("feedback", "generation", "finetune", "ui", "benchmarks", "tests")
DOCS = ("README.md", "CONTRIBUTING.md", "SECURITY.md", "docs", "benchmarks/RESULTS.md", "generation/starter/README.md")
OLD_DOCS = ("docs/research",)  # what was written in the words of its day
OLD_CODE = ("feedback/store/migrations",)  # studios remember migrations by their names


@dataclass(frozen=True)
class Old:
    """A word of a name, and what stands there now."""

    pattern: str  # of whole words of a name in snake_case
    instead: str
    only_in: tuple[str, ...] = ("",)  # where it is no word of the field either, by the beginning of the path
    not_in: tuple[str, ...] = ()
    plain: bool = False  # plain English in a sentence, such as the name of a test

    def stands_in(self, path: str, name: str) -> bool:
        here = path.startswith(self.only_in) and not path.startswith(self.not_in)
        return here and not (self.plain and name.startswith("test_"))


SCENES = ("benchmarks/synthetic", "tests/benchmarks/synthetic")  # where a house is a subject and a tilt a camera move
CAMERA_MOVES = ("finetune/reward/features", "tests/finetune/reward")
WORDS = (
    Old("liking|likings", "reward"),
    Old("scorer|scorers", "reward_model"),
    Old("tilt|tilted", "reward_scale", only_in=("finetune", "tests/finetune"), not_in=CAMERA_MOVES),
    Old("aim|aims|aiming", "target_gain", plain=True),
    Old("foresight|foresee|foretold", "noise_attenuation, predicted"),
    Old("evenness|evened", "gradient_normalisation"),
    Old("steepness", "gradient_scale"),
    Old("steering", "reward_guidance"),
    Old("bends|bent", "rbf_features", plain=True),
    Old("spreads|spread_within", "within_prompt_std"),
    Old("slips", "label_noise"),
    Old("teaching", "acquisition"),
    Old("deck|decks", "pair_pool"),
    Old("tally", "vote_counts"),
    Old("looks|looking", "descriptors, descriptor_extraction", plain=True),
    Old("tending|tend", "trial_lifecycle", plain=True),
    Old("presence", "liveness"),
    Old("storing", "archive"),
    Old("house(?!_style)", "app_context, setup", not_in=SCENES),
    Old("lesson|lessons", "training_round"),
    Old("lot|lots", "dataset_split", plain=True),
    Old("floors|floors_of", "layers"),
    Old("course|courses", "train_state", only_in=("finetune", "tests/finetune")),
    Old("(?<!off_)policy(?!_weight)", "tunable_model", only_in=("finetune", "tests/finetune")),
    Old("asked_version", "requested_version"),
)
LOCALS = ("told", "said", "asked", "heard", "hear", "wanted", "found")
"""Names that say that something was said, and not what it holds; whole names, not words of one."""
FILES = {
    "aiming": "measured_gain",
    "averaging": "ema",
    "bar": "header",
    "bases": "base_models",
    "bends": "rbf_features",
    "bench": "benchmark",
    "closing": "lifecycle",
    "deck": "pair_pool",
    "evidence": "results",
    "foresight": "noise_attenuation",
    "fragments": "components",
    "ground": "dom",
    "house": "app_context",
    "known": "reliability",
    "lessons": "training_rounds",
    "liking": "reward",
    "looking": "descriptor_extraction",
    "looks": "descriptors",
    "lots": "dataset_splits",
    "policy": "tunable_model",
    "presence": "liveness",
    "receipts": "idempotency",
    "room": "judging_session",
    "scorer": "model",
    "steering": "reward_guidance",
    "stock": "fixture_studio",
    "storing": "archive",
    "tally": "vote_counts",
    "teaching": "acquisition",
    "tending": "trial_lifecycle",
    "tilt": "target",
}
CLASSES = {
    "Bends": "RbfFeatures",
    "Course": "TrainState",
    "Deck": "PairPool",
    "Foresight": "NoiseAttenuation",
    "House": "AppContext, BenchmarkSetup",
    "Lesson": "TrainingRound",
    "Liking": "BradleyTerry",
    "Lot": "DatasetSplit",
    "Policy": "TunableModel",
    "Room": "JudgingSession",
    "Scorer": "RewardModel",
    "Statement": "Comparison",
    "Steepness": "GradientScale",
    "Steering": "RewardGuidance",
    "Stock": "FixtureStudio",
    "Tally": "VoteCounts",
}
PHRASES = {
    r"\b(liking|likings)\b(?! for)": "reward",
    r"\bscorers?\b": "reward model",
    r"\bforesight\b": "noise attenuation",
    r"\bforetold?\b|\bforetell\b": "predicted",
    r"\bevenness\b": "gradient normalisation",
    r"\bsteepness\b": "gradient size",
    r"\bbends\b": "RBF features",
    r"\b(one|a|two|\d+(\.\d+)?) spreads?\b|\bspreads (better|of|between)\b": "within-prompt standard deviation",
    r"\bslips\b(?! of the finger)": "label noise",
    r"\b(the|The) house\b(?![ -]style)": "application, studio",
    r"\bfloors?\b": "layer",
    r"\b(the|The) deck\b": "pair pool",
    r"\b(the|The) tally\b": "vote counts",
    r"\b(the|The|an) aim\b": "target gain",
    r"\b(the|The|one) tilt\b": "reward scale",
}
CODE_IN_DOCS = re.compile(r"^```.*?^```|`[^`\n]*`|^    [^\n]*$|\]\([^)]*\)", re.S | re.M)


@dataclass(frozen=True)
class Use:
    path: str
    line: int
    word: str
    instead: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.word} -> {self.instead}"


def all_uses() -> list[Use]:
    return [*uses_in_code(), *uses_in_file_names(), *uses_in_database(), *uses_in_recipe(), *uses_in_docs()]


def uses_in_code() -> Iterator[Use]:
    for path in files("*.py"):
        for line, name in names_in_python(path.read_text()):
            yield from uses_in_name(relative(path), line, name)
    for path in files("*.js"):
        for line, name in names_in_javascript(path.read_text()):
            yield from uses_in_name(relative(path), line, name)


def uses_in_name(path: str, line: int, name: str) -> Iterator[Use]:
    if name in LOCALS:
        yield Use(path, line, name, "what it holds")
    if name in CLASSES:
        yield Use(path, line, name, CLASSES[name])
        return
    for old in WORDS:
        if old.stands_in(path, name) and re.search(rf"(^|_)({old.pattern})(_|$)", snake_case(name)):
            yield Use(path, line, name, old.instead)


def names_in_python(text: str) -> Iterator[tuple[int, str]]:
    """(line, name) of everything that the code gives a name to, or passes by name."""
    for node in ast.walk(ast.parse(text)):
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                yield node.lineno, node.name
            case ast.arg():
                yield node.lineno, node.arg
            case ast.Name(ctx=ast.Store()):
                yield node.lineno, node.id
            case ast.Attribute(ctx=ast.Store()):
                yield node.lineno, node.attr
            case ast.keyword() if node.arg:
                yield node.value.lineno, node.arg
            case ast.alias() if node.asname:
                yield node.lineno, node.asname


SKIPPED = r"//[^\n]*|/\*.*?\*/|'(?:\\.|[^'\\\n])*'|\"(?:\\.|[^\"\\\n])*\""
JAVASCRIPT = re.compile(rf"{SKIPPED}|`((?:\\.|[^`\\])*)`|([A-Za-z_$][\w$]*)", re.S)


def names_in_javascript(text: str, line: int = 1) -> Iterator[tuple[int, str]]:
    """(line, name) of every word outside comments and strings; of a template, of the code in it."""
    for match in JAVASCRIPT.finditer(text):
        here = line + text.count("\n", 0, match.start())
        if match[2]:
            yield here, match[2]
        for code in re.findall(r"\$\{([^}]*)\}", match[1] or ""):
            yield from names_in_javascript(code, here)


def snake_case(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


def uses_in_file_names() -> Iterator[Use]:
    for path in (*files("*.py"), *files("*.js")):
        stem = path.stem.removeprefix("test_")
        if stem in FILES:
            yield Use(relative(path), 1, path.name, f"{FILES[stem]}{path.suffix}")


def uses_in_database() -> Iterator[Use]:
    """Tables and columns of a new studio."""
    from feedback.store import Studio

    with tempfile.TemporaryDirectory() as folder:
        studio = Studio.create(Path(folder) / "studio")
        for table in studio.rows("SELECT name FROM sqlite_master WHERE type = 'table'"):
            columns = studio.rows("SELECT name FROM pragma_table_info(?)", (table["name"],))
            for name in (table["name"], *(column["name"] for column in columns)):
                yield from uses_in_name(f"table {table['name']}", 1, name)
        studio.close()


def uses_in_recipe() -> Iterator[Use]:
    from finetune.recipe import recipe_as_dict, recipe_from

    for name, _ in settings_of(recipe_as_dict(recipe_from({}))):
        for part in name.split("."):
            yield from uses_in_name("finetune/recipe", 1, part)


def settings_of(recipe: dict[str, Any], section: str = "") -> Iterator[tuple[str, Any]]:
    """("guided.target_gain", 2.0) and so on."""
    for name, value in recipe.items():
        if isinstance(value, dict):
            yield from settings_of(value, f"{section}{name}.")
        else:
            yield section + name, value


def uses_in_docs() -> Iterator[Use]:
    """In prose: what is quoted as code is held to the code's own names."""
    for path in doc_pages():
        prose = CODE_IN_DOCS.sub(lambda match: re.sub(r"[^\n]", " ", match[0]), path.read_text())
        for pattern, instead in PHRASES.items():
            for match in re.finditer(pattern, prose):
                yield Use(relative(path), prose.count("\n", 0, match.start()) + 1, match[0], instead)


def doc_pages() -> list[Path]:
    pages = [ROOT / name for name in DOCS]
    every = [page for each in pages for page in (sorted(each.rglob("*.md")) if each.is_dir() else [each])]
    return [page for page in every if not relative(page).startswith(OLD_DOCS)]


def files(pattern: str) -> list[Path]:
    every = [path for folder in CODE for path in sorted((ROOT / folder).rglob(pattern))]
    return [path for path in every if path != Path(__file__) and not relative(path).startswith(OLD_CODE)]


def relative(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def main(uses: Iterable[Use]) -> int:
    listed = list(uses)
    for use in listed:
        print(use)
    print(f"{len(listed)} uses of words that only this project knows")
    return 1 if listed else 0


if __name__ == "__main__":
    sys.exit(main(all_uses()))
