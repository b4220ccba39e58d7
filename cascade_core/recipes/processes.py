"""Processes at work: those that share trainings under `accelerate launch`, and what each says."""

from __future__ import annotations

from accelerate import PartialState
from transformers.utils import logging


def is_main() -> bool:
    """Return whether this process is the one that writes and speaks; true where it is alone."""
    return PartialState().is_main_process


def several() -> bool:
    """Return whether several processes share each training."""
    return PartialState().num_processes > 1


def in_step() -> None:
    """Wait until every process has come here."""
    PartialState().wait_for_everyone()


def leave_the_rest_to_main() -> None:
    """End every process but the main one, when there is nothing left to share."""
    if not is_main():
        raise SystemExit(0)


def quieten_transformers() -> None:
    """Have transformers say nothing but errors in this process: progress is ours to show."""
    logging.set_verbosity_error()
    logging.disable_progress_bar()
