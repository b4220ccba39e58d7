"""Made-up runs: one like a real one, with off-ramps and a cascade, and odd ones."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from cascade_core import Architecture, Category, ModelOutput, Run, SystemSpec

LATENCY = {"hardware": "an <i>abacus</i>, 2 cores", "batch": "60 texts pooled"}
WORDS = ("calm", "bright", "dull", "long", "story", "song", "about", "rivers")
SYSTEMS = ("large", "small", "ramps", "cascade")


def made_up(
    instances: int = 60,
    exits: int = 6,
    classes: int = 2,
    *,
    metric: str = "accuracy",
    systems: tuple[str, ...] = SYSTEMS,
    tokens: bool = True,
    texts: bool = True,
    labelled: bool = True,
    latency: bool = False,
    markup: str = "",
    seed: int = 0,
) -> Run:
    """N instances; "ramps" has E exits; deeper exits are right more often and surer.

    They are of three levels, from easy to difficult, and of two kinds, which say nothing.
    """
    random = np.random.default_rng(seed)
    labels = random.integers(0, classes, instances)
    ease = random.gamma(2.0, 0.6, instances)

    def logits(strengths: np.ndarray) -> np.ndarray:
        noise = random.normal(size=(len(strengths), instances, classes))
        noise[:, np.arange(instances), labels] += strengths[:, None] * ease * 2
        return (1.5 * noise).astype(np.float32)

    encoder = Architecture(exits, 32, 64, 2)

    def model(name: str, layers: tuple[int, ...]) -> ModelOutput:
        strengths = 0.4 + 1.4 * np.array(layers) / exits
        measured = LATENCY | {"milliseconds": [1.5 * at for at in layers]} if latency else None
        return ModelOutput(
            name, logits(strengths), layers, encoder, checkpoint="made up",
            description=f"{name} {markup}", latency=measured,
        )  # fmt: skip

    models = {
        "large": model("large", (exits,)),
        "small": model("small", (2,)),
        "ramps": model("ramps", tuple(range(1, exits + 1))),
    }
    composed = {name: (name,) for name in models} | {"cascade": ("small", "large")}
    sentences = tuple(" ".join(random.choice(WORDS, 6)) + markup for _ in range(instances))
    return Run(
        name="made-up" + markup,
        labels=labels if labelled else np.full(instances, -1),
        models=models,
        system_specs={name: SystemSpec(composed[name]) for name in systems},
        task="REVIEWS",
        split="dev",
        metric=metric,
        label_names=tuple(f"class {number}{markup}" for number in range(classes)),
        reference="large",
        ids=np.arange(1000, 1000 + instances),
        tokens=random.integers(4, 40, instances).astype(np.int32) if tokens else None,
        texts={"sentence": sentences} if texts else None,
        text_source={"source": "made up" if texts else "glue", "shipped": texts},
        categories={
            "level": Category(
                ("1", "2", "3"), np.digitize(-ease, np.quantile(-ease, [0.34, 0.67]))
            ),
            "kind": Category((f"odd{markup}", "even"), np.arange(instances) % min(2, instances)),
        },
        provenance={"recipe": "none", "hardware": "two cores", "training": {"minutes": 1.25}},
    )


def three_sizes(instances: int = 300) -> Run:
    """A run with complete models of 2, 4, 6 and 6 layers besides the others."""
    run = made_up(instances)
    ramps = run.models["ramps"]
    assert ramps.logits is not None
    middle = ModelOutput("middle", ramps.logits[3:4], (4,), ramps.architecture)
    larger = ModelOutput("larger", ramps.logits[5:6], (6,), ramps.architecture)
    return replace(run, models={**run.models, "middle": middle, "larger": larger})


def _answers_only(instances: int = 60) -> Run:
    """A run of one model with two exits that says what it answers and how sure it is, no more."""
    random = np.random.default_rng(0)
    labels = random.integers(0, 3, instances)
    answers = np.where(random.random((2, instances)) < [[0.5], [0.9]], labels, 2 - labels)
    sure = random.random((2, instances))
    model = ModelOutput(
        "m", predictions=answers, scores={"confidence": sure}, cost=np.array([0.5, 3])
    )
    return Run("answers", labels, {"m": model}, cost_unit="cents")


def odd_runs() -> Mapping[str, Run]:
    """Runs at the edge of what a run can be."""
    logits = np.array([[[2, 0]], [[0, 1]]], dtype=np.float32)
    return {
        "good": made_up(),
        "f1": made_up(metric="f1"),
        "three-classes": made_up(classes=3),
        "no-tokens": made_up(tokens=False),
        "no-texts": made_up(texts=False, seed=1),
        "unlabelled": made_up(labelled=False),
        "single-exits": made_up(systems=("large", "small")),
        "one-system": made_up(systems=("cascade",)),
        "one-class": Run(
            "one-class",
            labels=np.array([0, 0]),
            models={"m": ModelOutput("m", np.zeros((2, 2, 1)))},
        ),
        "one-instance": Run("one-instance", np.zeros(1, int), {"m": ModelOutput("m", logits)}),
        "saturated": Run(
            "saturated",
            labels=np.zeros(9, dtype=int),
            models={"m": ModelOutput("m", np.full((3, 9, 2), [120.0, -120.0], dtype=np.float32))},
        ),
        "latency": made_up(latency=True),
        "answers": _answers_only(),
        "<b>markup</b>": made_up(markup="<img src=x onerror=alert(1)>"),
    }
