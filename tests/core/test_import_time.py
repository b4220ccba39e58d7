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
    *("ladder", "criteria", "costs", "replay", "curve", "tradeoff", "intervals"),
    *("difficulty", "calibration", "bootstrap", "operation", "outcomes", "projections"),
    *("calibration_report", "model_output", "outputs", "separability", "representations"),
    *("headers", "run", "titles", "runs"),
    *("weights",),
    *("halves", "temperature", "comparison", "guarantee", "summaries", "by_category"),
    *("exit_quality", "per_exit", "deferral", "inserted_model", "paper", "exporting", "recipes"),
    *("prediction", "benching", "runs_commands", "export_command", "importing", "cli"),
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
    return _imports(path, ast.parse(path.read_text(encoding="utf-8")))


def imports_to_compute(path: Path) -> set[str]:
    """The same, but for what only `to_frame` needs, which makes a DataFrame of what is computed."""
    return _imports(path, _WithoutFrames().visit(ast.parse(path.read_text(encoding="utf-8"))))


class _WithoutFrames(ast.NodeTransformer):
    """Drops `to_frame`, and the imports that only a type checker reads."""

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST | None:
        return None if node.name == "to_frame" else self.generic_visit(node)

    def visit_If(self, node: ast.If) -> ast.AST | None:
        return None if ast.unparse(node.test) == "TYPE_CHECKING" else self.generic_visit(node)


def _imports(path: Path, tree: ast.AST) -> set[str]:
    package = [PACKAGE.name, *path.relative_to(PACKAGE).parts[:-1]]
    names = set()
    for node in ast.walk(tree):
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


def test_computing_loads_numpy_only_and_a_frame_pandas_besides() -> None:
    code = """if True:
        import sys
        import numpy as np
        import cascade_core as cc
        from cascade_core import bootstrap, operation
        logits = np.random.default_rng(0).normal(size=(3, 200, 2))
        ladder = cc.ExitLadder("a", logits, np.arange(200) % 2, costs={"layers": [1, 2, 3]})
        curve = cc.tradeoff_curve(ladder, metric="f1")
        curve.at_speedup(2), curve.at_score(0.3), curve.at_early_share(0.5)
        drawn = bootstrap.resamples(200, count=10)
        bootstrap.bootstrap({"a": ladder}, {"a": curve}, [2.0], drawn)
        operation.operate(ladder, curve, 0.7)
        cc.difficulty_inversion_score(ladder.correct[0], cc.exit_scores(logits, "margin")[0])
        print(*sys.modules)
        curve.to_frame()
        print(*sys.modules)
    """
    before, after = (
        {name.partition(".")[0] for name in line.split()}
        for line in fresh_interpreter(code).splitlines()
    )
    assert not before & set(HEAVY)
    assert "pandas" in after


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
    assert part(path) in ("cli", "export_command") or not roots & {
        "streamlit",
        "plotly",
        "dashboard",
    }


@pytest.mark.parametrize("name", NUMPY_ONLY)
def test_the_metrics_know_numpy_only(name: str) -> None:
    roots = {each.partition(".")[0] for each in imports_to_compute(PACKAGE / f"{name}.py")}
    assert roots <= {*sys.stdlib_module_names, "numpy", "cascade_core"}


def test_all_public_names_exist() -> None:
    assert sorted(cascade_core.__all__) == sorted(set(cascade_core.__all__))
    assert all(hasattr(cascade_core, name) for name in cascade_core.__all__)
