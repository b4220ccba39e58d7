"""The benchmark as a whole: each part computes named tuples, and draws nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from ..costs import flop_costs
from ..criteria import exit_scores
from ..models.build import with_one_exit
from ..models.inference import Precision
from ..models.walk import torch_threads
from ..prediction.engine import CONFIDENCE_TOLERANCE, Engine, Stage, Texts
from ..recipes.architecture import architecture_of
from ..replay import replay
from .breakdown import Breakdown, break_down
from .machine import matrix_rate
from .outputs import Outputs
from .peers import Peer, Unavailable, peers
from .reference_way import texts_per_second
from .speedups import Setting, System
from .timing import interleaved

REFERENCE_WAY_TEXTS = 96  # padded to one length, texts cost the same, so that few tell enough


class Subject(NamedTuple):
    """What is measured: systems, the large model that counts as 1x, and the texts they read."""

    systems: Sequence[System]
    reference: Stage
    texts: Texts
    max_tokens: int
    precision: Precision
    device: torch.device
    labels: NDArray[np.int64] | None = None  # [N], where they are known

    @property
    def count(self) -> int:
        return len(next(iter(self.texts.values())))

    @property
    def options(self) -> dict[str, Any]:
        """What every engine of this subject is made with."""
        return {
            "max_tokens": self.max_tokens,
            "precision": self.precision,
            "device": self.device,
        }

    def outputs(self) -> Outputs:
        """Return what computes outputs for this subject's texts, and keeps them."""
        return Outputs(self.texts, self.max_tokens, self.device)


class FullModel(NamedTuple):
    """The large model for all texts: `rate` and `matrix_rate` in floating-point operations/s."""

    texts: int
    tokens: int
    texts_per_second: float
    tokens_per_second: float
    rate: float
    matrix_rate: float

    @property
    def share(self) -> float:
        """The share of the machine's matrix rate that arrives in the model, all included."""
        return self.rate / self.matrix_rate


class PeerSpeed(NamedTuple):
    """A peer beside the engine on the same weights and texts; NaN and a `note` where it failed."""

    name: str
    texts_per_second: float
    engine_is_faster_by: float
    largest_difference: float
    note: str = ""


class Agreement(NamedTuple):
    """Decisions in the fast precision against float32, of one system at one threshold.

    `same_exits` is a share of texts, `largest_difference` one of confidences, `accuracy_change` in
    points; NaN where no labels are known.
    """

    system: str
    threshold: float
    same_exits: float
    largest_difference: float
    same_beyond_tolerance: bool
    accuracy_change: float


def full_model(subject: Subject, repeats: int) -> FullModel:
    """Time the reference alone on all texts, tokenised by the engine itself."""
    rate = matrix_rate(subject.device, subject.precision)
    with Engine([subject.reference], **subject.options) as engine:
        seconds = interleaved({"all": lambda: engine.answer(subject.texts)}, repeats)["all"].median
        tokens = engine.answer(subject.texts).tokens
    model = subject.reference.model
    architecture = architecture_of(model.encoder.config)
    costs = flop_costs(architecture, model.exits, tokens, model.classes, head=model.counted_head)
    flops = costs[-1].sum()
    return FullModel(
        texts=len(tokens),
        tokens=int(tokens.sum()),
        texts_per_second=len(tokens) / seconds,
        tokens_per_second=float(tokens.sum() / seconds),
        rate=float(flops / seconds),
        matrix_rate=rate,
    )


def breakdowns(subject: Subject, settings: Sequence[Setting]) -> Mapping[str, Breakdown]:
    """Say where the time goes, for the reference and for every setting."""
    found = {}
    reference = Setting("reference", [subject.reference], "max_prob", 0.0)
    with torch_threads(1):
        for one in (reference, *settings):
            with Engine(one.stages, one.criterion, one.threshold, **subject.options) as engine:
                found[one.name] = break_down(engine, subject.texts)
    return found


def against_peers(subject: Subject, repeats: int) -> list[PeerSpeed]:
    """Time the large model, read by its first token as the peers can, in every library.

    The fastest setting of each library is what the engine is compared with; logits must agree.
    """
    stage = Stage(with_one_exit(subject.reference.model, "first"), subject.reference.tokenizer)
    with Engine([stage], **subject.options) as engine:
        exact = subject.outputs().logits([stage], "float32")[0]
        functions: dict[str, Any] = {"engine": lambda: engine.answer(subject.texts)}
        rows, differences = [], {}
        for peer in peers(stage, subject.texts, subject.max_tokens):
            if isinstance(peer, Unavailable):
                rows.append(PeerSpeed(peer.name, np.nan, np.nan, np.nan, peer.reason))
                continue
            try:
                differences[peer.name] = _difference(peer, exact)
            except ValueError as error:  # nothing that was measured is lost for it
                rows.append(PeerSpeed(peer.name, np.nan, np.nan, np.nan, str(error)))
                continue
            functions[peer.name] = peer.infer
        seconds = interleaved(functions, repeats)
    own = seconds.pop("engine").median
    rows += [
        PeerSpeed(name, subject.count / one.median, one.median / own, differences[name])
        for name, one in seconds.items()
    ]
    return sorted(rows, key=lambda row: -np.nan_to_num(row.texts_per_second))


def reference_way(subject: Subject, setting: Setting, seconds_per_text: float) -> float:
    """Return how many times faster a setting is than the papers' way of running its models."""
    some = {name: column[:REFERENCE_WAY_TEXTS] for name, column in subject.texts.items()}
    return 1 / (texts_per_second(setting.stages, some) * seconds_per_text)


def agreements(subject: Subject, settings: Sequence[Setting], outputs: Outputs) -> list[Agreement]:
    """Compare decisions in the subject's precision with float32, text by text."""
    rows = []
    for setting in settings:
        exact = outputs.logits(setting.stages, "float32")
        rough = outputs.logits(setting.stages, subject.precision)
        scores = exit_scores(exact, setting.criterion)
        exits = [
            replay(exit_scores(logits, setting.criterion), setting.threshold)
            for logits in (exact, rough)
        ]
        same = exits[0] == exits[1]
        accuracies = [np.nan, np.nan]
        if subject.labels is not None:
            texts = np.arange(len(same))
            accuracies = [
                100 * float((logits[left, texts].argmax(axis=-1) == subject.labels).mean())
                for logits, left in zip((exact, rough), exits, strict=True)
            ]
        tolerance = CONFIDENCE_TOLERANCE[subject.precision]
        far, enough = np.abs(scores - setting.threshold), tolerance
        if setting.criterion == "patience":  # it counts answers, which turn where two are as likely
            far, enough = exit_scores(exact, "margin"), 2 * tolerance
        clear = (far > enough).all(axis=0)
        confidences = [exit_scores(logits, "max_prob") for logits in (exact, rough)]
        rows.append(
            Agreement(
                system=setting.name,
                threshold=setting.threshold,
                same_exits=float(same.mean()),
                largest_difference=float(np.abs(confidences[0] - confidences[1]).max()),
                same_beyond_tolerance=bool(same[clear].all()),
                accuracy_change=accuracies[1] - accuracies[0],
            )
        )
    return rows


def _difference(peer: Peer, exact: np.ndarray) -> float:
    difference = float(np.abs(peer.infer() - exact).max())
    if not difference <= peer.tolerance:
        raise ValueError(
            f"expected {peer.name} to give the engine's logits within {peer.tolerance}, but they "
            f"differ by {difference:.3g}: it does not run the same model"
        )
    return difference
