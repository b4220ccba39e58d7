"""CascadeLens: compute every exit of a system once, then replay any decision rule exactly."""

from __future__ import annotations

from .calibration import (
    ReliabilityBins,
    expected_calibration_error,
    null_calibration_error,
    reliability_bins,
)
from .costs import BASES, Architecture, flop_costs, layer_costs
from .criteria import CRITERIA, exit_scores, ladder_scores, threshold_range
from .difficulty import difficulty_inversion_score, tied_pair_share
from .importing import OutputsError, import_run
from .ladder import ExitLadder, compose
from .model_output import ModelOutput
from .outputs import Category, Projection, ProjectionKey, SystemSpec
from .replay import replay
from .runs import Run, RunSummary, list_runs, load_run, save_run
from .storage import RunError
from .tradeoff import TradeoffCurve, TradeoffPoint, tradeoff_curve

__all__ = [
    "BASES",
    "CRITERIA",
    "Architecture",
    "Category",
    "ExitLadder",
    "ModelOutput",
    "OutputsError",
    "Projection",
    "ProjectionKey",
    "ReliabilityBins",
    "Run",
    "RunError",
    "RunSummary",
    "SystemSpec",
    "TradeoffCurve",
    "TradeoffPoint",
    "compose",
    "difficulty_inversion_score",
    "exit_scores",
    "expected_calibration_error",
    "flop_costs",
    "import_run",
    "ladder_scores",
    "layer_costs",
    "list_runs",
    "load_run",
    "null_calibration_error",
    "reliability_bins",
    "replay",
    "save_run",
    "threshold_range",
    "tied_pair_share",
    "tradeoff_curve",
]
