"""Do the trainings of a plan, each by whichever process comes to it first."""

from __future__ import annotations

import multiprocessing
import signal
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import NamedTuple

import torch
from filelock import Timeout
from rich.console import Console

from ..models.training import StepProgress
from .effort import Effort
from .processes import in_step, quieten_transformers, several
from .progress import bar
from .stages import Stage

PAUSE = 1.0  # seconds until it is asked again whether a training that others are at is done
LEAVING = 10.0  # seconds for a helper to see that all is done


class Job(NamedTuple):
    """One training of a plan: what it is for, how it is trained, where it is kept, how it is done.

    It can be done once the stages that it `needs` are; `effort` counts what it takes.
    """

    name: str
    method: str
    stage: Stage
    needs: tuple[Stage, ...]
    effort: Callable[[], Effort]
    run: Callable[[StepProgress | None], None]

    @property
    def is_ready(self) -> bool:
        return all(stage.is_done for stage in self.needs)


def longest_first(jobs: Sequence[Job], minutes: Mapping[str, float]) -> list[Job]:
    """Order jobs for several processes: those that the longest work waits for come first.

    So the processes are all at work until nearly the end. `jobs` stand in an order in which they
    can be done; `minutes` are what those that are left may take, by their stages' keys.
    """
    ahead: dict[str, float] = {}  # its own minutes and those of the longest chain behind it
    for job in reversed(jobs):
        behind = [ahead[one.stage.key] for one in jobs if job.stage in one.needs]
        ahead[job.stage.key] = minutes.get(job.stage.key, 0.0) + max(behind, default=0.0)
    return sorted(jobs, key=lambda job: -ahead[job.stage.key])


def do_all(jobs: Sequence[Job], console: Console) -> None:
    """Do every job that is not done; return when all are, whoever did them.

    What another process is at, be it a helper or the same command started twice, is left to it.
    """
    while left := [job for job in jobs if not job.stage.is_done]:
        ready = [job for job in left if job.is_ready]
        if not any(_done_here(job, jobs, console) for job in ready):
            with console.status(f"Other processes train {_names(ready)}"):
                time.sleep(PAUSE)


@contextmanager
def helpers(count: int, work: Callable[[Console], None]) -> Iterator[None]:
    """Let `count` more processes do the same work, silently, while the block runs.

    They share the processor's threads evenly with this one, and end with it; `work` is pickled.
    """
    before = torch.get_num_threads()
    threads = max(1, before // (count + 1))
    spawn = multiprocessing.get_context("spawn")
    beside = [spawn.Process(target=_help, args=(work, threads)) for _ in range(count)]
    try:
        torch.set_num_threads(threads)
        for process in beside:
            process.start()
        yield
        for process in beside:
            process.join(timeout=LEAVING)
    finally:
        for process in beside:
            process.terminate()
        torch.set_num_threads(before)


def _help(work: Callable[[Console], None], threads: int) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the one that is helped ends this one
    torch.set_num_threads(threads)
    quieten_transformers()
    work(Console(quiet=True))


def _done_here(job: Job, jobs: Sequence[Job], console: Console) -> bool:
    """Do a job unless another process is at it; say whether it was done here."""
    with _claimed(job.stage) as ours:
        if ours and not job.stage.is_done:
            number = 1 + jobs.index(job)
            with bar(console, f"train {job.name} ({number} of {len(jobs)})") as advance:
                job.run(_while_helped(advance))
                in_step()  # what one process kept is there for all
    return ours


@contextmanager
def _claimed(stage: Stage) -> Iterator[bool]:
    """Yield whether this process may train a stage; no other may while the block runs.

    Processes that share each training, as `accelerate launch` starts them, all may.
    """
    if several():
        yield True
        return
    lock = stage.lock()
    try:
        lock.acquire(blocking=False)
    except Timeout:
        yield False
        return
    try:
        yield True
    finally:
        lock.release()


def _while_helped(advance: StepProgress) -> StepProgress:
    """Move a bar on; end a helper whose helped process was killed."""
    helped = multiprocessing.parent_process()

    def step(done: int, total: int) -> None:
        if helped is not None and not helped.is_alive():
            raise SystemExit(1)
        advance(done, total)

    return step


def _names(jobs: Sequence[Job]) -> str:
    return ", ".join(job.name for job in jobs)
