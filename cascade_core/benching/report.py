"""The benchmark's tables for people, each with its target beside the figure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from rich.markup import escape
from rich.table import Column, Table

from .bench import Agreement, FullModel, PeerSpeed
from .breakdown import Breakdown
from .growth import Grown
from .speedups import POOLED, Measured, Setting

# What is wanted of each figure; what a machine does not reach, the breakdown explains.
# Of the counted FLOP speed-up, by device.
KEPT_BY_CASCADE = {"cpu": 0.9, "cuda": 0.85}
KEPT_BY_OFF_RAMPS = {"cpu": 0.8, "cuda": 0.85}
AS_FAST_AS_PEERS = 1.0
OVER_REFERENCE_WAY = 30.0
ACCURACY_WITHIN = 0.2  # points, of float32
SHARE_OF_MATRIX_RATE = {"cpu": 0.6, "cuda": 0.35}


def verdict(figure: float, wanted: float) -> str:
    """Say in colour whether a figure reaches what is wanted of it.

    >>> verdict(0.95, 0.9)
    '[green]met[/]'
    """
    return "[green]met[/]" if figure >= wanted else "[red]missed[/]"


def speedup_table(settings: Sequence[Setting], rows: Sequence[Measured], device: str) -> Table:
    """Counted against measured: a row per setting, a column per batch size."""
    batches = list(dict.fromkeys(row.batch for row in rows))
    figures = (
        *("layers", "FLOPs"),
        *(f"batch {batch}" if batch != POOLED else "pooled" for batch in batches),
        *("kept, pooled", "wanted", ""),
    )
    columns = (Column(title, min_width=6) for title in figures)  # narrow windows cut no figure
    table = Table("system", *columns, title="speed-up, counted and measured")
    for number, setting in enumerate(settings):
        own = rows[number * len(batches) : (number + 1) * len(batches)]
        cells = [f"{own[0].counted_layers:.2f}x", f"{own[0].counted_flops:.2f}x"]
        cells += [f"{row.measured:.2f}x" for row in own]
        wanted = (KEPT_BY_CASCADE if len(setting.stages) > 1 else KEPT_BY_OFF_RAMPS)[device]
        pooled = next((row for row in own if row.batch == POOLED), None)
        exits = sum(len(stage.model.exits) for stage in setting.stages)
        if pooled and exits > 1:
            cells += [f"{pooled.kept:.2f}", f"{wanted:.2f}", verdict(pooled.kept, wanted)]
        else:
            cells += [f"{pooled.kept:.2f}" if pooled else "", "", ""]
        table.add_row(escape(setting.name), *cells)
    return table


def breakdown_table(breakdowns: Mapping[str, Breakdown]) -> Table:
    """Where the time goes, on one core."""
    parts = list(next(iter(breakdowns.values())).seconds)
    table = Table("", *parts, "(attention)", title="where the time goes, one core")
    for name, found in breakdowns.items():
        shares = found.shares
        attention = found.attention / sum(found.seconds.values())
        cells = [f"{100 * shares[part]:.1f} %" for part in parts]
        table.add_row(escape(name), *cells, f"{100 * attention:.1f} %")
    return table


def full_model_table(found: FullModel, device: str) -> Table:
    """The large model alone, against the machine's matrix rate."""
    wanted = SHARE_OF_MATRIX_RATE[device]
    table = Table(
        *("texts/s", "tokens/s", "Gflop/s", "matrix rate", "share", "wanted", ""),
        title=f"the full model, {found.texts:,} texts, {found.tokens:,} tokens",
    )
    table.add_row(
        f"{found.texts_per_second:,.0f}",
        f"{found.tokens_per_second:,.0f}",
        f"{found.rate / 1e9:,.0f}",
        f"{found.matrix_rate / 1e9:,.0f}",
        f"{100 * found.share:.0f} %",
        f"{100 * wanted:.0f} %",
        verdict(found.share, wanted),
    )
    return table


def peer_table(rows: Sequence[PeerSpeed]) -> Table:
    """Other libraries on the same weights and texts."""
    table = Table(
        *("library", "texts/s", "the engine's speed over it", "wanted", ""),
        "logits differ by",
        title="the full model elsewhere",
    )
    for row in rows:
        if row.note:
            table.add_row(escape(row.name), escape(row.note), "", "", "", "")
            continue
        ratio = row.engine_is_faster_by
        table.add_row(
            escape(row.name),
            f"{row.texts_per_second:,.0f}",
            f"{ratio:.2f}x",
            f"{AS_FAST_AS_PEERS:.1f}x",
            verdict(ratio, AS_FAST_AS_PEERS),
            f"{row.largest_difference:.2g}",
        )
    return table


def reference_table(rows: Mapping[str, float]) -> Table:
    """The engine against the papers' way of running the same system."""
    table = Table(
        *("system", "faster by", "wanted", ""),
        title="against all models for everyone, padded to 128, float32, batch 16",
    )
    for name, ratio in rows.items():
        wanted = OVER_REFERENCE_WAY
        table.add_row(escape(name), f"{ratio:.1f}x", f"{wanted:.0f}x", verdict(ratio, wanted))
    return table


def agreement_table(rows: Sequence[Agreement], precision: str) -> Table:
    """Decisions in the fast precision against float32."""
    table = Table(
        *("system", "threshold", "same exits", "same beyond the tolerance"),
        *("confidences differ by at most", "accuracy changes by", "wanted", ""),
        title=f"decisions in {precision} against float32",
    )
    for row in rows:
        table.add_row(
            escape(row.system),
            f"{row.threshold:.3f}",
            f"{100 * row.same_exits:.2f} %",
            "[green]all[/]" if row.same_beyond_tolerance else "[red]not all[/]",
            f"{row.largest_difference:.3g}",
            *_accuracy_cells(row.accuracy_change),
        )
    return table


def _accuracy_cells(change: float) -> list[str]:
    if np.isnan(change):
        return ["labels unknown", "", ""]
    wanted = ACCURACY_WITHIN
    return [f"{change:+.2f} points", f"{wanted:g}", verdict(-abs(change), -wanted)]


def growth_table(rows: Sequence[Grown]) -> Table:
    """Time and memory against number of texts and of exits."""
    table = Table(
        *("texts", "exits", "seconds", "µs per text", "peak MiB"),
        title="growth, a small model of 6 layers",
    )
    for row in rows:
        table.add_row(
            f"{row.texts:,}",
            str(row.exits),
            f"{row.seconds:.2f}",
            f"{row.microseconds_per_text:.0f}",
            f"{row.peak_mebibytes:,.0f}",
        )
    return table
