"""The claims of the CascadeBERT paper against runs: differences with intervals, and what they say.

Every comparison is turned so that a positive difference is what the paper claims. Thresholds are
chosen on the instances they are reported on, for both sides alike, and anew in each resample of the
bootstrap. Always accuracy, also where the task's metric is F1, since its differences can be paired
instance by instance. Axis: N instances.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..calibration import expected_calibration_error
from ..comparison import compare
from ..difficulty import difficulty_inversion_score
from ..intervals import NORMAL_95, Interval, difference_interval
from ..operation import operate
from ..run import Run
from .layout import ABLATED, AVERAGE, runs_by_task
from .model_exits import ModelExit, confidences, model_exits, right_answers, system_curve

SHALLOW = "off-ramps in shallow layers are less reliable than complete models"
DEPTH = "at equal depth complete models beat truncated ones, and these beat off-ramps"
CASCADE = "the cascade is ahead of off-ramps at high speed-ups"
REGULARISED = "DAR raises DIS and lowers ECE at a small cost in accuracy"
THIRD = "a third model helps slightly"
CLAIMS = (SHALLOW, DEPTH, CASCADE, REGULARISED, THIRD)

SMALL_COST = 0.01
"""A cost in accuracy is small when it is at most this; a choice of ours, the paper names none."""

RAMPS = "DeeBERT"
CASCADES = ("CascadeBERT", "CascadeRoBERTa")

SUPPORTS, CONTRADICTS, CANNOT_SAY = "supports", "contradicts", "cannot say"
RESAMPLES = 1000
FEWEST = 30
"""Instances below which a verdict is never given."""


class Evidence(NamedTuple):
    """One comparison in one task: `difference` in [-1, 1], positive where the claim holds.

    `error` is its standard error over the `n` instances, `shift` how far the interval's middle is
    from it. Where there is no difference it is NaN, and `reason` says why.
    """

    claim: str
    comparison: str
    task: str
    n: int = 0
    difference: float = np.nan
    error: float = np.nan
    reason: str = ""
    shift: float = 0.0

    @property
    def interval(self) -> Interval:
        """The difference's 95 % interval: 1.96 standard errors to either side of its middle."""
        half, middle = NORMAL_95 * self.error, self.difference + self.shift
        return Interval(middle - half, middle + half)

    @property
    def verdict(self) -> str:
        """Supports or contradicts the claim where the interval is on one side of zero.

        Of fewer than `FEWEST` instances the interval says too little to tell.
        """
        if self.n < FEWEST:
            return CANNOT_SAY
        low, high = self.interval
        return SUPPORTS if low > 0 else CONTRADICTS if high < 0 else CANNOT_SAY


class Verdicts(NamedTuple):
    """All comparisons in all tasks, each followed by its mean over the tasks that have it."""

    evidence: tuple[Evidence, ...]

    def to_frame(self) -> pd.DataFrame:
        """One row for each comparison and task."""
        records = [(*one, *one.interval, one.verdict) for one in self.evidence]
        return pd.DataFrame.from_records(
            records, columns=[*Evidence._fields, "low", "high", "verdict"]
        )


def verdicts(
    runs: Mapping[str, Run] | Iterable[Run], speedups: tuple[float, ...] = (2, 3, 4)
) -> Verdicts:
    """What runs say of each claim of the CascadeBERT paper, by the names their systems bear.

    Complete models are called "BERT-Complete kL", truncated ones "BERT-kL"; those with DAR end so.
    The first two systems that are called "CascadeBERT" (or "CascadeRoBERTa") are the cascades of
    two and of three models, "DeeBERT" is the off-ramps.

    Args:
        runs: as in `runs_by_task`, with known labels.
        speedups: by layers, at which cascades are compared.

    Raises:
        ValueError: as `runs_by_task`, or unknown labels.

    >>> from cascade_core.paper.example import example_run
    >>> found = verdicts([example_run()], speedups=(3,)).to_frame()
    >>> found = found[found.claim == CASCADE].round(3)
    >>> found[["comparison", "task", "difference"]].values.tolist()
    [['CascadeBERT 2-12 - DeeBERT, accuracy at 3x', 'sst2', 0.333],
     ['CascadeBERT 2-12 - DeeBERT, accuracy at 3x', 'average', 0.333]]
    """
    return averaged(
        one for task, run in runs_by_task(runs).items() for one in evidence(task, run, speedups)
    )


def evidence(task: str, run: Run, speedups: tuple[float, ...] = (2, 3, 4)) -> tuple[Evidence, ...]:
    """What the run of one task says of the claims; arguments and errors as in `verdicts`.

    >>> from cascade_core.paper.example import example_run
    >>> len(evidence("sst2", example_run(), speedups=(3,)))
    8
    """
    return tuple(_Comparisons(task, run).all(speedups))


def averaged(found: Iterable[Evidence]) -> Verdicts:
    """Evidence of several tasks by claim and comparison, each followed by its mean over tasks."""
    gathered: dict[tuple[str, str], list[Evidence]] = {}
    for one in found:
        gathered.setdefault((one.claim, one.comparison), []).append(one)
    ordered = sorted(gathered.items(), key=lambda item: CLAIMS.index(item[0][0]))
    return Verdicts(tuple(each for _, ones in ordered for each in (*ones, _average(ones))))


class _Comparisons:
    """The comparisons that one run allows."""

    def __init__(self, task: str, run: Run):
        if (run.labels < 0).any():
            raise ValueError(f"verdicts: expected known labels, but {run.name!r} has unknown ones")
        self.task, self.run = task, run
        self.exits = {(at.method, at.layers): at for at in model_exits(run)}
        self.cascades = [
            name for name in run.system_specs if name.startswith(CASCADES) and ABLATED not in name
        ]

    def all(self, speedups: tuple[float, ...]) -> Iterator[Evidence]:
        whole = [at for (method, _), at in self.exits.items() if method.endswith("-Complete")]
        for complete in whole:
            layers = complete.layers
            ramp = self.exits.get((RAMPS, layers))
            truncated = self.exits.get((complete.method.replace("-Complete", "-kL"), layers))
            if ramp:
                yield self._on_emitted(complete, ramp)
                yield self._ranking(SHALLOW, complete, ramp)
            if truncated:
                yield self._accuracy(DEPTH, complete, truncated)
            if truncated and ramp:
                yield self._accuracy(DEPTH, truncated, ramp)
            if ramp:
                yield self._accuracy(DEPTH, complete, ramp)
        for speedup in speedups:
            for cascade in self.cascades[:1]:
                yield self._at(CASCADE, cascade, RAMPS, speedup)
        for complete in whole:
            for regularised in self._with_dar(complete):
                yield self._ranking(REGULARISED, regularised, complete)
                yield self._calibration(regularised, complete)
                yield self._small_cost(regularised, complete)
        if len(self.cascades) > 1:
            for speedup in speedups:
                yield self._at(THIRD, self.cascades[1], self.cascades[0], speedup)

    def _with_dar(self, complete: ModelExit) -> list[ModelExit]:
        """The same with difficulty-aware regularisation."""
        return [
            at
            for at in self.exits.values()
            if at.model.startswith(complete.model) and at.model.endswith("DAR")
        ]

    def _accuracy(self, claim: str, one: ModelExit, other: ModelExit) -> Evidence:
        return self._paired(claim, f"{_between(one, other)}, accuracy", *self._right(one, other))

    def _small_cost(self, one: ModelExit, other: ModelExit) -> Evidence:
        """Positive where `one` is at most a point below `other`."""
        comparison = f"{_between(one, other)}, accuracy + {100 * SMALL_COST:g} point"
        found = self._paired(REGULARISED, comparison, *self._right(one, other))
        return found._replace(difference=found.difference + SMALL_COST)

    def _on_emitted(self, complete: ModelExit, ramp: ModelExit, speedup: float = 2) -> Evidence:
        """Figure 2: on what the off-ramps let go after so many layers at a speed-up."""
        comparison = (
            f"{_between(complete, ramp)}, accuracy where {RAMPS} exits there at {speedup:g}x"
        )
        try:
            curve = system_curve(self.run, RAMPS, "layers")
            point = curve.at_speedup(speedup)
        except ValueError as error:
            return Evidence(SHALLOW, comparison, self.task, reason=str(error))
        left = operate(self.run.systems[RAMPS], curve, point.threshold).left
        right = [answers[left == ramp.exit] for answers in self._right(complete, ramp)]
        return self._paired(SHALLOW, comparison, *right)

    def _at(self, claim: str, one: str, other: str, speedup: float) -> Evidence:
        """Two systems where both are at least so fast."""
        comparison = f"{one} - {other}, accuracy at {speedup:g}x"
        names, n = (one, other), self.run.instances
        try:
            curves = {name: system_curve(self.run, name, "layers", "accuracy") for name in names}
            compared = compare(self.run, curves, (speedup,))
            scores = [compared.score((name, speedup)) for name in names]
        except ValueError as error:
            return Evidence(claim, comparison, self.task, reason=str(error))
        interval = compared.difference((one, speedup), (other, speedup))
        assert interval is not None, "labels are known"
        return _evidence(claim, comparison, self.task, n, scores[0] - scores[1], interval)

    def _ranking(self, claim: str, one: ModelExit, other: ModelExit) -> Evidence:
        return self._resampled(claim, "DIS", one, other, difficulty_inversion_score)

    def _calibration(self, one: ModelExit, other: ModelExit) -> Evidence:
        """The other's ECE less one's, since a lower one is better."""

        def calibrated(right: NDArray[np.bool_], confidence: NDArray[np.float64]) -> float:
            return -expected_calibration_error(confidence, right)

        return self._resampled(REGULARISED, "-ECE", one, other, calibrated)

    def _resampled(self, claim: str, what: str, one: ModelExit, other: ModelExit, of) -> Evidence:
        """A difference of what is not a mean, its error by resampling instances for both alike."""
        sides = [
            (right_answers(self.run, at.model, at.exit), confidences(self.run, at.model, at.exit))
            for at in (one, other)
        ]

        def difference(index: NDArray[np.int64]) -> float:
            values = [of(right[index], confidence[index]) for right, confidence in sides]
            return values[0] - values[1]

        everyone = np.arange(self.run.instances)
        comparison = f"{_between(one, other)}, {what}"
        value = float(difference(everyone))
        if np.isnan(value):
            reason = "all answers of one of them are right, or all wrong"
            return Evidence(claim, comparison, self.task, self.run.instances, reason=reason)
        random = np.random.default_rng(0)
        resampled = [
            difference(random.integers(len(everyone), size=len(everyone))) for _ in range(RESAMPLES)
        ]
        error = float(np.nanstd(resampled))  # NaN where all that was drawn is easy, or difficult
        return Evidence(claim, comparison, self.task, self.run.instances, value, error)

    def _right(self, *exits: ModelExit) -> list[NDArray[np.bool_]]:
        return [right_answers(self.run, at.model, at.exit) for at in exits]

    def _paired(
        self, claim: str, comparison: str, one: NDArray[np.bool_], other: NDArray[np.bool_]
    ) -> Evidence:
        if not len(one):
            return Evidence(claim, comparison, self.task, reason="no instance leaves there")
        difference = float(one.mean() - other.mean())
        interval = difference_interval(one, other)
        return _evidence(claim, comparison, self.task, len(one), difference, interval)


def _evidence(
    claim: str, comparison: str, task: str, n: int, difference: float, interval: Interval
) -> Evidence:
    error = (interval.high - interval.low) / (2 * NORMAL_95)
    shift = (interval.low + interval.high) / 2 - difference
    return Evidence(claim, comparison, task, n, difference, error, shift=shift)


def _between(one: ModelExit, other: ModelExit) -> str:
    return " - ".join(
        f"{RAMPS}'s layer {at.layers}" if at.model == RAMPS else at.model for at in (one, other)
    )


def _average(ones: list[Evidence]) -> Evidence:
    """The mean over tasks; these are different texts, so that their errors are independent."""
    there = [one for one in ones if not np.isnan(one.difference)]
    claim, comparison = ones[0].claim, ones[0].comparison
    if not there:
        return Evidence(claim, comparison, AVERAGE, reason=ones[0].reason)
    return Evidence(
        claim,
        comparison,
        AVERAGE,
        n=sum(one.n for one in there),
        difference=float(np.mean([one.difference for one in there])),
        error=float(np.sqrt(np.sum([one.error**2 for one in there])) / len(there)),
        reason="" if len(there) == len(ones) else f"over {len(there)} of {len(ones)} tasks",
        shift=float(np.mean([one.shift for one in there])),
    )
