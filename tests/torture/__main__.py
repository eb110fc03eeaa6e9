"""`make torture`: every row of the table, one after the other; what was interrupted goes on where it was.

python -m tests.torture                     all rows, each with its full count
python -m tests.torture --only power_loss   one row

A full count goes into the table of benchmarks/RESULTS.md. With --count, what is counted is printed and nothing else.
"""

from __future__ import annotations

import argparse
import pkgutil
from importlib import import_module
from pathlib import Path
from types import ModuleType

import tests.torture
from tests.torture.table import as_markdown, put_into, read_rows, stamp, write_row

RESULTS = Path(__file__).parents[2] / "benchmarks" / "RESULTS.md"
NOT_ROWS = ("__main__", "table")


def modules() -> dict[str, ModuleType]:
    """Those of this package that have a `run` and a `COUNT`, by name."""
    names = [module.name for module in pkgutil.iter_modules(tests.torture.__path__) if module.name not in NOT_ROWS]
    imported = {name: import_module(f"tests.torture.{name}") for name in names}
    return {name: module for name, module in imported.items() if hasattr(module, "run")}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", action="append", help="a row, by the name of its module; may be repeated")
    parser.add_argument("--count", type=int, help="instead of each row's full count")
    parser.add_argument("--folder", type=Path, default=Path("out/torture"), help="progress and results")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    for name, module in modules().items():
        if options.only and name not in options.only:
            continue
        row = stamp(module.run(options.count or module.COUNT, options.folder / name, options.seed))
        write_row(options.folder, name, row)
        if not options.count:
            put_into(RESULTS, [row])
        print(as_markdown([row]).splitlines()[-1], flush=True)
    print(as_markdown(read_rows(options.folder)))


if __name__ == "__main__":
    main()
