"""What `import cascade_core` costs, and that its modules import in one direction only."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import cascade_core

PACKAGE = Path(cascade_core.__file__).parent

# Leftmost first; a module may import what stands left of it, or in its own folder.
ORDER = (
    *("atomic", "tasks", "graded", "texts"),
    *("models",),
    *("storage",),
    *("ladder", "criteria", "costs", "replay", "tradeoff", "difficulty", "calibration"),
    *("intervals", "bootstrap", "operation", "outcomes", "projections"),
    *("model_output", "outputs", "headers", "run", "runs", "weights"),
    *("temperature", "guarantee", "comparison", "summaries", "by_category", "exit_quality"),
    *("paper", "recipes", "prediction", "benching", "runs_commands", "importing", "cli"),
)
HEAVY = ("torch", "transformers", "pandas", "scipy", "sklearn", "pyarrow", "streamlit", "plotly")
NUMPY_ONLY = ORDER[ORDER.index("ladder") : ORDER.index("projections")]


def fresh_interpreter(code: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=False,
        cwd=PACKAGE.parent,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def imports(path: Path) -> set[str]:
    """Absolute names of all modules a file imports, inside functions too."""
    package = [PACKAGE.name, *path.relative_to(PACKAGE).parts[:-1]]
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            start = package[: len(package) - node.level + 1] if node.level else []
            base = ".".join([*start, *([node.module] if node.module else [])])
            names |= {f"{base}.{alias.name}" for alias in node.names}
    return names


def part(path: Path) -> str:
    """The name in ORDER that a file belongs to."""
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


FILES = sorted(path for path in PACKAGE.rglob("*.py") if path != PACKAGE / "__init__.py")


def test_importing_the_core_loads_numpy_only() -> None:
    loaded = fresh_interpreter("import sys, cascade_core; print(*sys.modules)").split()
    assert not {name.partition(".")[0] for name in loaded} & set(HEAVY)


def test_knowing_where_weights_are_takes_no_torch() -> None:
    loaded = fresh_interpreter("import sys, cascade_core.weights; print(*sys.modules)").split()
    assert not {"torch", "transformers"} & {name.partition(".")[0] for name in loaded}


def test_importing_the_core_takes_well_under_half_a_second() -> None:
    """Processor time of the best of three, so that a busy machine does not matter."""
    code = "import time; import cascade_core; print(time.process_time())"
    assert min(float(fresh_interpreter(code)) for _ in range(3)) < 0.5


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_point_left(path: Path) -> None:
    assert part(path) in ORDER, f"{path.name}: say in ORDER where it stands"
    allowed = {*ORDER[: ORDER.index(part(path))], part(path)}
    ours = [name.split(".") for name in imports(path) if name.split(".")[0] == PACKAGE.name]
    assert {name[1] if name[1:] else "the package itself" for name in ours} <= allowed


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_nothing_left_of_the_figures_knows_streamlit_or_plotly(path: Path) -> None:
    roots = {name.partition(".")[0] for name in imports(path)}
    assert part(path) == "cli" or not roots & {"streamlit", "plotly", "dashboard"}


@pytest.mark.parametrize("name", NUMPY_ONLY)
def test_the_metrics_know_numpy_only(name: str) -> None:
    roots = {each.partition(".")[0] for each in imports(PACKAGE / f"{name}.py")}
    assert roots <= {*sys.stdlib_module_names, "numpy", "cascade_core"}


def test_all_public_names_exist() -> None:
    assert sorted(cascade_core.__all__) == sorted(set(cascade_core.__all__))
    assert all(hasattr(cascade_core, name) for name in cascade_core.__all__)
