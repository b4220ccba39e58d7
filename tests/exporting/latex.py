"""Enough of LaTeX to see whether a table would compile, where there is no LaTeX to ask."""

from __future__ import annotations

import re

COMMANDS = set(
    "begin end centering caption label toprule midrule bottomrule cmidrule multicolumn bfseries "
    "mdseries scriptsize shortstack times tau infty textbackslash textasciitilde "
    "resizebox ifdim width textwidth else fi rightarrow geq leq "
    "textasciicircum textless textgreater textbar".split()
)
_TOKEN = re.compile(r"\\[a-zA-Z]+|\\.|[^\\]", re.S)


def tokens(latex: str) -> list[str]:
    """Commands, escaped characters and plain ones."""
    return _TOKEN.findall(latex)


def check(latex: str) -> list[list[str]]:
    """Assert that a table holds together, and return its rows as cells."""
    found = tokens(latex)
    named = [token for token in found if re.fullmatch(r"\\[a-zA-Z]+", token)]
    assert {name[1:] for name in named} <= COMMANDS
    assert found.count("$") % 2 == 0
    assert not {"#", "~", "%"} & set(found)
    in_math, depth = False, 0
    for token in found:
        in_math ^= token == "$"
        depth += (token == "{") - (token == "}")
        assert depth >= 0
        assert in_math or token not in ("_", "^")
    assert depth == 0
    open_environments = []
    for kind, name in re.findall(r"\\(begin|end)\{(.*?)\}", latex):
        if kind == "begin":
            open_environments.append(name)
        else:
            assert open_environments.pop() == name
    assert open_environments == []
    table = re.search(r"\\begin\{tabular\}\{([lr]+)\}(.*)\\end\{tabular\}", latex, re.S)
    assert table
    rows = [_cells(row) for row in _split(_without_rules(table[2]), "\\\\")[:-1]]
    assert {sum(map(_width, row)) for row in rows} == {len(table[1])}
    return rows


def _without_rules(body: str) -> str:
    return re.sub(r"\\(toprule|midrule|bottomrule|cmidrule\{\d+-\d+\})\n", "", body)


def _cells(row: str) -> list[str]:
    return [cell.strip() for cell in _split(row, "&")]


def _width(cell: str) -> int:
    several = re.match(r"\\multicolumn\{(\d+)\}", cell)
    return int(several[1]) if several else 1


def _split(text: str, at: str) -> list[str]:
    """Split where a token stands outside of all braces."""
    parts, depth = [""], 0
    for token in tokens(text):
        depth += (token == "{") - (token == "}")
        if token == at and depth == 0:
            parts.append("")
        else:
            parts[-1] += token
    return parts
