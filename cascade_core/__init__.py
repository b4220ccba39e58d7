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
from .curve import TradeoffCurve, TradeoffPoint
from .difficulty import difficulty_inversion_score, tied_pair_share
from .importing import OutputsError, import_run
from .ladder import ExitLadder, compose
from .model_output import ModelOutput
from .outputs import Category, Projection, ProjectionKey, SystemSpec
from .replay import replay
from .runs import Run, RunSummary, list_runs, load_run, save_run
from .storage import RunError
from .tradeoff import tradeoff_curve

# In README's order, in which the pages of the API show them.
__all__ = [  # noqa: RUF022
    "RunError",
    "ModelOutput",
    "SystemSpec",
    "ProjectionKey",
    "Projection",
    "Category",
    "Run",
    "RunSummary",
    "load_run",
    "save_run",
    "list_runs",
    "ExitLadder",
    "compose",
    "BASES",
    "Architecture",
    "layer_costs",
    "flop_costs",
    "CRITERIA",
    "exit_scores",
    "ladder_scores",
    "threshold_range",
    "replay",
    "TradeoffCurve",
    "TradeoffPoint",
    "tradeoff_curve",
    "difficulty_inversion_score",
    "tied_pair_share",
    "ReliabilityBins",
    "expected_calibration_error",
    "reliability_bins",
    "null_calibration_error",
    "OutputsError",
    "import_run",
]
