"""A system of a run at one threshold, answering new texts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..costs import flop_costs
from ..criteria import exit_scores
from ..curve import TradeoffPoint
from ..ladder import ExitLadder
from ..models.inference import Precision
from ..run import Run
from ..tradeoff import tradeoff_curve
from .engine import Answers, Engine
from .rows import Columns, to_columns, to_row
from .settings import choose_threshold, find_system, text_columns
from .trained import max_tokens_of, trained_stages

if TYPE_CHECKING:
    import pandas as pd

Texts = Sequence[str] | Sequence[Sequence[str]] | Mapping[str, Sequence[str]]


class Predictions(NamedTuple):
    """What a system says of N texts, and where each of them left it.

    `labels` and `exit_names` are strings [N], `probability` float64 [N] is the emitting exit's
    highest softmax probability, `exits` int64 [N] count from 0, `layers` int64 [N] were run,
    `gflops` float64 [N] cost 10^9 operations each, NaN where a model's architecture is not known.
    """

    labels: NDArray[np.str_]
    probability: NDArray[np.float64]
    exits: NDArray[np.int64]
    exit_names: NDArray[np.str_]
    layers: NDArray[np.int64]
    gflops: NDArray[np.float64]

    def to_frame(self) -> pd.DataFrame:
        """Return a pandas table, one row per text."""
        import pandas as pd

        return pd.DataFrame(self._asdict())


@dataclass(frozen=True, eq=False)
class Predictor:
    """A system of a run, ready to answer new texts; a context manager.

    Attributes:
        run, system: whose models answer.
        criterion, threshold: a text leaves at the first exit whose score is above the threshold.
        basis, expected: what the run's own instances say this costs and scores, on that cost basis.
        precision: of the arithmetic, "float32" or "bfloat16".

    >>> predictor = Predictor.from_run(run, "Cascade 2-6", speedup=2)  # doctest: +SKIP
    >>> predictor(["A warm and funny little film."]).labels  # doctest: +SKIP
    array(['positive'], dtype='<U8')
    """

    run: Run = field(repr=False)
    system: str
    criterion: str
    threshold: float
    basis: str
    expected: TradeoffPoint
    engine: Engine = field(repr=False)

    @classmethod
    def from_run(
        cls,
        run: Run,
        system: str | None = None,
        *,
        threshold: float | None = None,
        speedup: float | None = None,
        basis: str = "layers",
        cache: Path | None = None,
        precision: Precision | None = None,
    ) -> Predictor:
        """Load a system's trained models, with a threshold given or chosen for a speed-up.

        A speed-up is looked up on the run's own trade-off curve, on a cost `basis` the run has. A
        system with one exit needs neither. Raises `ValueError` when system, threshold or speed-up
        cannot be had, and `LookupError` with the remedy when the weights are not at hand.
        """
        system = find_system(run, system)
        expected = choose_threshold(run, system, threshold, speedup, basis)
        criterion = run.system_specs[system].criterion
        engine = Engine(
            trained_stages(run, system, cache),
            criterion,
            expected.threshold,
            max_tokens=max_tokens_of(run),
            precision=precision,
        )
        return cls(run, system, criterion, expected.threshold, basis, expected, engine)

    def __call__(self, texts: Texts) -> Predictions:
        """Answer N texts, given as strings, as pairs, or as columns by name.

        Raises `ValueError` naming the first one that is no text.
        """
        columns = text_columns(self.run)
        rows = [to_row(cells, columns) for cells in _as_rows(texts, columns)]
        for number, row in enumerate(rows):
            if row.problem:
                raise ValueError(f"texts[{number}]: {row.problem}")
        return self.read_off(self.engine.answer(to_columns(rows, columns)))

    def __enter__(self) -> Predictor:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the engine's threads."""
        self.engine.close()

    @property
    def ladder(self) -> ExitLadder:
        """The system as the run knows it."""
        return self.run.systems[self.system]

    @property
    def precision(self) -> str:
        return self.engine.precision

    @property
    def expected_speedup(self) -> float:
        """What the run's own instances say of the speed-up counted in layers."""
        curve = tradeoff_curve(self.ladder, self.criterion, "layers", self.run.metric)
        return curve.at_threshold(self.threshold).speedup

    def read_off(self, answers: Answers) -> Predictions:
        """Put the engine's answers into names and costs."""
        exits = answers.exits
        # exit_scores takes no empty array
        scores = exit_scores(answers.logits[None], "max_prob")[0] if len(exits) else np.empty(0)
        return Predictions(
            labels=np.array(self.run.label_names)[answers.logits.argmax(-1)],
            probability=scores,
            exits=exits,
            exit_names=np.array(self.ladder.exit_names)[exits],
            layers=self.ladder.costs["layers"][exits].astype(np.int64),
            gflops=self._operations(answers.tokens)[exits, np.arange(len(exits))] / 1e9,
        )

    def _operations(self, tokens: NDArray[np.int32]) -> NDArray[np.float64]:
        """Operations up to each exit, [E, N]; whoever goes on has paid for the models before."""
        costs: list[NDArray[np.float64]] = []
        for name in self.run.system_specs[self.system].models:
            model = self.run.models[name]
            if model.architecture is None:
                return np.full((self.ladder.exits, len(tokens)), np.nan)
            classes = len(self.run.label_names)
            own = flop_costs(
                model.architecture, model.layers, tokens, classes, model.pooler, model.head
            )
            costs.extend(own + costs[-1] if costs else own)
        return np.stack(costs)


def _as_rows(texts: Any, columns: Columns) -> Iterable[Sequence[object]]:
    """The texts row by row, whatever they came as."""
    if isinstance(texts, Mapping) or hasattr(texts, "columns"):  # by name, or a pandas table
        return zip(*_chosen(texts, columns), strict=True)
    if isinstance(texts, str):
        expected = "strings" if len(columns) == 1 else "pairs of strings"
        raise ValueError(f"texts: expected a list of {expected} but got one string")
    if len(columns) == 1:
        return ([text] for text in texts)
    for number, pair in enumerate(texts):
        if isinstance(pair, str) or len(pair) != len(columns):
            raise ValueError(f"texts[{number}]: expected {len(columns)} strings but got {pair!r}")
    return texts


def _chosen(table: Mapping[str, Sequence[str]], columns: Columns) -> list[Sequence[str]]:
    """Those columns of a table that hold the texts."""
    chosen = []
    for names in columns.values():
        name = next((name for name in names if name in table), None)
        if name is None:
            found = ", ".join(map(str, table.keys()))
            raise ValueError(f"texts: expected a column {' or '.join(names)} but got {found}")
        chosen.append(table[name])
    if len(lengths := {len(column) for column in chosen}) > 1:
        raise ValueError(f"texts: expected columns of one length but got {sorted(lengths)}")
    return chosen
