"""Scripts and style sheets: where they are served, and that none of them is hidden in Python."""

from __future__ import annotations

import ast
import re
import shutil
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

import ui.static_files
from ui.rendering import TEMPLATES, render
from ui.static_files import FOLDER, address_of, content_hash, read_files

UI = FOLDER.parent
IMPORT = re.compile(r"""(?:from|import\() ?["'](\.[^"']+)["']""")


def test_files_are_served_to_everybody_and_kept_for_good(client: TestClient) -> None:
    for name, kind in (("review/main.js", "text/javascript"), ("login.css", "text/css")):
        answer = client.get(address_of(name))
        assert answer.status_code == 200
        assert answer.content == (FOLDER / name).read_bytes()
        assert answer.headers["content-type"].startswith(kind)
        assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
        assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("name", ["package.json", "..%2fapp.py", "review/none.js", "", "review"])
def test_nothing_else_is(client: TestClient, name: str) -> None:
    assert client.get(f"/web/{content_hash()}/{name}").status_code in (401, 404)


def test_files_of_another_release_are_not_mixed_in(client: TestClient) -> None:
    answer = client.get(f"/web/{'0' * 16}/review/main.js")
    assert answer.status_code == 404
    assert "load the page again" in answer.json()["error"]


def test_the_address_changes_with_any_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copytree(FOLDER, tmp_path / "static")
    before = address_of("review/main.js")
    with (tmp_path / "static" / "person.js").open("a") as file:
        file.write("// changed\n")
    monkeypatch.setattr(ui.static_files, "FOLDER", tmp_path / "static")
    for cached in (read_files, content_hash):
        cached.cache_clear()
    try:
        assert address_of("review/main.js") != before
    finally:
        monkeypatch.undo()
        for cached in (read_files, content_hash):
            cached.cache_clear()


def test_every_import_of_a_module_leads_to_a_file() -> None:
    for path in FOLDER.rglob("*.js"):
        for target in IMPORT.findall(path.read_text()):
            assert (path.parent / target).resolve().is_file(), f"{path.relative_to(FOLDER)} imports {target}"


def is_markup(text: str) -> bool:
    return bool(re.search(r"</?[a-z]+[ >/]|=>|document\.|function ?\(", text))


def test_no_markup_and_no_script_is_in_python() -> None:
    """Docstrings apart."""
    places = []
    for path in UI.rglob("*.py"):
        tree = ast.parse(path.read_text())
        prose = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
        texts = [node for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)]
        places += [
            f"{path.relative_to(UI)}:{node.lineno}" for node in texts if id(node) not in prose and is_markup(node.value)
        ]
    assert places == []
    assert is_markup('<div class="x">')
    assert is_markup("(a) => a")


def test_what_people_wrote_is_escaped_in_every_template() -> None:
    evil = "<script>alert(1)</script>"
    assert evil not in render("line.html", text=evil, refused=True)
    for template in TEMPLATES.glob("*"):
        assert "|safe" not in template.read_text().replace(" ", ""), template.name


def bare_classes(sheet: str) -> set[str]:
    """The classes that a sheet gives a look wherever they stand; rules for some widths only count too."""
    selectors = re.findall(r"([^{}]+)\{[^{}]*\}", re.sub(r"/\*.*?\*/", "", sheet, flags=re.DOTALL))
    return {
        each.strip() for selector in selectors for each in selector.split(",") if re.fullmatch(r"\s*\.[\w-]+\s*", each)
    }


def test_a_class_has_its_look_from_one_style_sheet() -> None:
    """All sheets are on all pages: the board once hid what the review page says of takes that do not load."""
    places: dict[str, set[str]] = {}
    for path in FOLDER.rglob("*.css"):
        sheet = re.sub(r"[^{}]+\{ --[\w-]+: [^{};]*; \}", "", path.read_text())  # a variable is no look
        for name in bare_classes(sheet):
            places.setdefault(name, set()).add(path.name)
    shared = {name: files for name, files in places.items() if len(files) > 1}
    assert shared == {}
    assert bare_classes(".a, .b .c { x: 1 } @media (y) { .d { x: 2 } }") == {".a", ".d"}
