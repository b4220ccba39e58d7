"""Walk texts through one model from exit to exit, and drop on the way whatever leaves.

On a GPU the batches of a window move together: at each exit their answers are fetched at once, and
what stays is joined into full batches for the next layers. On a CPU every core walks batches of its
own, and waits for no other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import lru_cache, partial
from itertools import islice
from threading import Lock
from typing import Any, NamedTuple, Protocol, TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.profiler import record_function

from .batches import Packed, lengths_of

Item = TypeVar("Item")
Result = TypeVar("Result")

BATCHES_IN_FLIGHT = 8  # on a GPU; more would only hold more hidden states at once
MOST_WORKERS = 8
SHARES = 2  # batches per worker; more would be smaller, and slower where few texts stay
FULL = 512  # tokens; linear layers are at their full rate from some 200 on
FULL_ENOUGH = 48  # tokens; at 64, linear layers still reach three quarters of that rate


class Visit(NamedTuple):
    """What one exit says of the texts that reach it: `index` [B], `logits` [B, C].

    `pooled` holds the vectors [B, H] that the head saw, still on the device, batch by batch.
    """

    exit: int
    index: NDArray[np.int64]
    logits: NDArray[np.float32]
    pooled: list[Tensor]


Decide = Callable[[Visit], NDArray[np.bool_] | None]  # who stays [B]; None for everyone


class Walkable(Protocol):
    """A model ready to run: see `PackedModel`. What it hands on from call to call is its own."""

    exits: tuple[int, ...]
    classes: int
    device: torch.device

    def begin(self, batch: Packed, /) -> Any: ...
    def advance(self, state: Any, number: int, /) -> tuple[Any, Tensor, Tensor]: ...
    def join(self, parts: Sequence[Any], stays: Sequence[NDArray[np.bool_]], /) -> Any: ...


class Workers:
    """Threads that share out batches: on a CPU one per core, on a GPU none but the caller.

    Whole batches side by side need no barrier inside an operation, where cores wait for each other.
    A batch that is alone is run by the caller, with all cores on each operation. On a GPU many
    batches are a window, so that one synchronisation serves them all.
    """

    def __init__(self, device: torch.device, threads: int):
        on_cpu = device.type == "cpu"
        self.count = min(threads, MOST_WORKERS) if on_cpu else 1
        self.window = 1 if on_cpu else BATCHES_IN_FLIGHT
        self._share = max(1, threads // self.count)
        self._pool = ThreadPoolExecutor(
            self.count, "cascade", initializer=torch.set_num_threads, initargs=(self._share,)
        )

    def even_budget(self, tokens: int, longest: int, token_budget: int) -> int:
        """Return the batch size up to `token_budget` that gives all workers as much to do.

        Several batches for each where they are large enough, so that who is done early helps out;
        one for each of few. `longest` is the length of the longest text.

        >>> workers = Workers(torch.device("cpu"), threads=2)
        >>> workers.even_budget(12_000, longest=30, token_budget=4096)
        3015
        >>> workers.even_budget(300, longest=30, token_budget=4096)
        165
        """
        if self.count == 1:
            return token_budget
        several = -(-tokens // (SHARES * self.count))
        even = several if several >= FULL else min(FULL, -(-tokens // self.count))
        return min(token_budget, max(even + longest // 2, FULL_ENOUGH))

    def map(self, function: Callable[[Item], Result], items: Iterable[Item]) -> list[Result]:
        """Return the function of each item, in order."""
        items = list(items)
        if len(items) == 1 or self.count == 1:
            return [_inferring(function, item) for item in items]
        with torch_threads(self._share):  # what one thread sets holds in part for all others
            return list(self._pool.map(lambda item: _inferring(function, item), items))


def workers_on(device: torch.device) -> Workers:
    """Return the workers of a device, as many as torch may use threads now.

    All engines of a process share them, as they share the cores.
    """
    return _workers(device, torch.get_num_threads())


_workers = lru_cache(maxsize=None)(Workers)


@contextmanager
def torch_threads(count: int) -> Iterator[None]:
    """Keep torch on so many threads per operation while the block runs."""
    before = torch.get_num_threads()
    torch.set_num_threads(count)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def walk(
    model: Walkable,
    batches: Iterable[Packed],
    decide: Decide,
    workers: Workers,
    token_budget: int,
) -> None:
    """Run all batches through the model; `decide` is told of every exit and says who goes on.

    After the last exit nobody goes on, whatever it says. Every worker walks a window of batches at
    a time and holds no other hidden states; `decide` is called by one of them at a time.
    """
    one_at_a_time = Lock()

    def deciding(visit: Visit) -> NDArray[np.bool_] | None:
        with one_at_a_time:
            return decide(visit)

    windows = _windows(batches, workers.window)
    workers.map(partial(_walk_window, model, deciding, token_budget), windows)


def _walk_window(
    model: Walkable, decide: Decide, token_budget: int, window: Sequence[Packed]
) -> None:
    """Take the batches of a window from exit to exit together."""
    index = [batch.index for batch in window]
    tokens = [lengths_of(batch.runs) for batch in window]
    states = [model.begin(batch) for batch in window]
    for number in range(len(model.exits)):
        advanced = [model.advance(state, number) for state in states]
        states = [state for state, _, _ in advanced]
        with record_function("sync"):
            logits = torch.cat([one for _, one, _ in advanced]).cpu().numpy()
        pooled = [one for _, _, one in advanced]
        stays = decide(Visit(number, np.concatenate(index), logits, pooled))
        if number == len(model.exits) - 1 or stays is None or stays.all():
            continue
        if not stays.any():
            break
        masks = np.split(stays, np.cumsum([len(one) for one in index])[:-1])
        sizes = [int(one[mask].sum()) for one, mask in zip(tokens, masks, strict=True)]
        groups = _groups(sizes, token_budget)
        states = [model.join([states[i] for i in g], [masks[i] for i in g]) for g in groups]
        index = [np.concatenate([index[i][masks[i]] for i in g]) for g in groups]
        tokens = [np.concatenate([tokens[i][masks[i]] for i in g]) for g in groups]


def _groups(sizes: Sequence[int], wanted: int) -> list[list[int]]:
    """Group neighbours, without the empty ones, up to a wanted size.

    >>> _groups([300, 0, 300, 500], wanted=600)
    [[0, 2], [3]]
    """
    groups: list[list[int]] = []
    held = 0
    for number, size in enumerate(sizes):
        if not size:
            continue
        if not groups or held + size > wanted:
            groups.append([])
            held = 0
        groups[-1].append(number)
        held += size
    return groups


def _windows(batches: Iterable[Packed], size: int) -> Iterator[list[Packed]]:
    iterator = iter(batches)
    while window := list(islice(iterator, size)):
        yield window


def _inferring(function: Callable[[Item], Result], item: Item) -> Result:
    with torch.inference_mode():  # the mode is a thread's own
        return function(item)
