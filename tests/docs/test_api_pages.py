"""The pages of the API: README's order, every module, and examples as they stand."""

from __future__ import annotations

import re
from pathlib import Path

import cascade_core
from tests.docs.api_pages import modules, write

PACKAGE = Path(cascade_core.__file__).parent


def test_readme_names_every_module_once_and_so_do_the_pages() -> None:
    parts = {
        f"cascade_core.{path.stem}"
        for path in PACKAGE.iterdir()
        if path.suffix == ".py" or (path / "__init__.py").exists()
    }
    shown = [name for name in modules() if name.startswith("cascade_core")]
    assert sorted(shown) == sorted(parts - {"cascade_core.__init__"})
    assert "dashboard.figures" in modules()
    assert not {"dashboard.pages", "dashboard.tau_lab"} & set(modules())


def test_public_names_stand_in_readme_s_order() -> None:
    places = {f"{name}": at for at, name in enumerate(modules())}
    named = [getattr(cascade_core, name) for name in cascade_core.__all__]
    parts = [one.__module__.split(".")[:2] for one in named if hasattr(one, "__module__")]
    order = [places[".".join(part)] for part in parts]
    assert len(order) > 20
    assert order == sorted(order)


def test_pages_hold_docstrings_with_their_examples(tmp_path: Path) -> None:
    write(tmp_path, ["cascade_core.tradeoff", "cascade_core.curve", "dashboard.figures.exits"])
    listed = re.findall(r'<a href="([\w/]+)\.html">', (tmp_path / "index.html").read_text())
    assert listed == [
        "cascade_core",
        "cascade_core/tradeoff",
        "cascade_core/curve",
        "dashboard/figures/exits",
    ]
    page = (tmp_path / "cascade_core" / "curve.html").read_text()
    assert "exit_counts_at" in page
    assert "&gt;&gt;&gt;" in page
    assert "Alias for field" not in page
    assert 'id="tradeoff_curve"' in (tmp_path / "cascade_core.html").read_text()
