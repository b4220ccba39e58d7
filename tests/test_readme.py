from __future__ import annotations

import doctest
import re
from pathlib import Path

import numpy as np

from tests import six_texts

README = Path(__file__).parents[1] / "README.md"


def test_what_the_readme_shows_is_what_comes_out():
    results = doctest.testfile(str(README), module_relative=False, encoding="utf-8")
    assert results.attempted > 10
    assert results.failed == 0


def test_the_readmes_six_texts_are_those_of_the_tests():
    row = r"^\| (.+?) \| (positive|negative) \| ([\d.]+).*? \| ([\d.]+).*? \|$"
    rows = re.findall(row, README.read_text(), re.M)
    texts, labels, small, large = zip(*rows, strict=True)
    assert texts == six_texts.TEXTS
    assert [six_texts.LABEL_NAMES.index(label) for label in labels] == six_texts.LABELS.tolist()
    np.testing.assert_array_equal(np.array([small, large], float), six_texts.POSITIVE)


def test_files_that_the_readme_names_exist():
    named = re.findall(
        r"`((?:cascade_core|dashboard|tests|cached_runs)/[\w./-]*)`", README.read_text()
    )
    assert len(named) > 10
    assert [name for name in named if not (README.parent / name).exists()] == []
