"""Every public name shows how it is used; that the examples hold, pytest sees by running them."""

from __future__ import annotations

import inspect
from doctest import DocTestParser
from importlib import import_module
from types import FunctionType
from typing import Any

import pytest

import cascade_core

MODULES = (
    *("ladder", "criteria", "costs", "replay", "curve", "tradeoff", "difficulty", "calibration"),
    *("intervals", "bootstrap", "operation", "outcomes", "projections", "run", "runs"),
    *("calibration_report", "model_output", "halves", "temperature", "titles", "per_exit"),
    *("comparison", "guarantee", "summaries", "by_category", "exit_quality", "deferral"),
    *("inserted_model", "separability", "representations"),
    *("importing.import_run",),
    *("exporting.table", "exporting.writers", "exporting.files", "exporting.view"),
    *("exporting.run_tables", "exporting.paper_tables", "exporting.execute"),
)
PUBLIC = {name: getattr(cascade_core, name) for name in cascade_core.__all__}
CLASSES = {name: one for name, one in PUBLIC.items() if inspect.isclass(one)}


def functions() -> dict[str, FunctionType]:
    """The public functions of the package and of the modules above."""
    found = {name: one for name, one in PUBLIC.items() if inspect.isfunction(one)}
    for name in MODULES:
        module = import_module(f"cascade_core.{name}")
        for function, one in inspect.getmembers(module, inspect.isfunction):
            if one.__module__ == module.__name__ and not function.startswith("_"):
                found[function] = one
    return found


def examples(of: Any) -> str:
    """The source of all examples in a docstring."""
    return "".join(one.source for one in DocTestParser().get_examples(inspect.getdoc(of) or ""))


@pytest.mark.parametrize("name", functions())
def test_every_public_function_is_called_in_its_example(name: str) -> None:
    assert f"{name}(" in examples(functions()[name])


@pytest.mark.parametrize("name", CLASSES)
def test_every_public_class_has_an_example_and_its_methods_are_in_one(name: str) -> None:
    shown = examples(CLASSES[name])
    assert shown
    for method, one in vars(CLASSES[name]).items():
        if not method.startswith("_") and isinstance(one, FunctionType | classmethod):
            assert f".{method}(" in shown + examples(getattr(CLASSES[name], method))


def test_what_is_neither_function_nor_class_is_a_constant() -> None:
    rest = PUBLIC.keys() - CLASSES.keys() - functions().keys()
    assert all(name.isupper() for name in rest)
