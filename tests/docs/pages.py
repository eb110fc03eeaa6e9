"""The pages, and the commands in them."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
TOURS = ("getting-started.md", "daily-use.md", "how-learning-works.md", "administration.md")  # in the order of reading
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "SECURITY.md"]
PAGES += [ROOT / "docs" / name for name in TOURS]
PAGES += [page for page in sorted((ROOT / "docs").glob("*.md")) if page.name not in TOURS]
BLOCK = re.compile(r"^```(?:sh|bash|console)\n(.*?)^```", re.S | re.M)
# Ways in that a test cannot run inside itself: they build the environment, or are this very test run. `.ci/run` runs them.
ENTRANCES = re.compile(r"^(make (?P<target>\w+)|source |git clone |cd )")


def commands_of(page: Path) -> list[str]:
    """Every command of the page's fenced sh blocks, without comments."""
    lines = "\n".join(BLOCK.findall(page.read_text())).replace("\\\n", " ").splitlines()
    return [re.split(r"\s+#\s", line)[0].strip() for line in lines if re.match(r"^[A-Za-z.$]", line)]


def anchors_of(page: Path) -> set[str]:
    """Of its headings, as GitHub writes them."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(), re.M)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}
