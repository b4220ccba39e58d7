"""Your own logits, probabilities or answers, in a file of any usual format, become a run."""

from .import_run import import_run
from .named_arrays import OutputsError

__all__ = ["OutputsError", "import_run"]
