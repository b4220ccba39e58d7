"""Pages of the API, from the docstrings, in the order of README's table: `make docs`."""

from __future__ import annotations

import re
import sys
import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path

ROOT = Path(__file__).parents[2]
OUTPUT = ROOT / "api"
SHOWN = ("cascade_core/", "dashboard/figures/")


def modules() -> list[str]:
    """The modules and subpackages that one may build on, as README names them one after another."""
    return [
        path.removesuffix(".py").strip("/").replace("/", ".")
        for path in _paths()
        if path.startswith(SHOWN)
    ]


def _paths() -> Iterator[str]:
    """The paths in the second column of README's table of steps, in full."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    for row in re.findall(r"^\| [^|]+ \| (`(?:cascade_core|dashboard)/[^|]*)\|", readme, re.M):
        folder = ""
        for name in re.findall(r"`([^`]+)`", row):
            folder = name.partition("/")[0] if "/" in name else folder
            yield name if "/" in name else f"{folder}/{name}"


def write(output: Path, shown: Sequence[str]) -> None:
    """Write the package's page, one for each module, and an index that lists them in this order."""
    import pdoc
    import pdoc.render

    pdoc.render.configure(
        docformat="google",
        show_source=False,
        footer_text="CascadeLens",
        template_directory=Path(__file__).with_name("templates"),
    )
    with warnings.catch_warnings():
        # pdoc looks up types of a named tuple's fields in the wrong place, and shows them as text.
        warnings.filterwarnings("ignore", "Error parsing type annotation", UserWarning)
        # The package without its modules, which would come in the alphabet's order; then these.
        pdoc.pdoc("cascade_core", r"!cascade_core\..*", *shown, output_directory=output)


if __name__ == "__main__":
    write(OUTPUT, modules())
    sys.stdout.write(f"Wrote {OUTPUT}; open {OUTPUT / 'index.html'} in a browser.\n")
