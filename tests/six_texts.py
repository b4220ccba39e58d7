"""Six made-up sentiment texts through a cascade of a 2-layer and a 12-layer model.

Small enough to check with a pencil. Probability of "positive" per model, and the true label:

    text                                      label   2 layers   12 layers
    A warm and funny little film.               1       0.95       0.98
    The plot never wakes up.                    0       0.10       0.05
    I would watch it twice.                     1       0.80       0.90
    Not bad at all.                             1       0.25       0.90     2 layers wrong
    It could have been a great film.            0       0.85       0.40     2 layers wrong
    Well, that was two hours.                   0       0.40       0.55     12 layers wrong

Layer costs are [2, 14], the reference is the 12-layer model alone. As the threshold rises, the
texts go on to the large model in the order of the small model's confidence: 0.60 (right), 0.75
(wrong), 0.80 (right), 0.85 (wrong), 0.90 (right), 0.95 (right). Each adds 12 layers to the bill of
six texts, so 2 to the mean cost.
"""

from __future__ import annotations

import numpy as np

from cascade_core import ExitLadder

TEXTS = (
    "A warm and funny little film.",
    "The plot never wakes up.",
    "I would watch it twice.",
    "Not bad at all.",
    "It could have been a great film.",
    "Well, that was two hours.",
)
LABELS = np.array([1, 0, 1, 1, 0, 0])
LABEL_NAMES = ("negative", "positive")
POSITIVE = np.array(
    [
        [0.95, 0.10, 0.80, 0.25, 0.85, 0.40],
        [0.98, 0.05, 0.90, 0.90, 0.40, 0.55],
    ]
)
# The softmax of logarithms of probabilities is those probabilities.
LOGITS = np.log(np.stack([1 - POSITIVE, POSITIVE], axis=-1)).astype(np.float32)

BREAKPOINTS = (0.60, 0.75, 0.80, 0.85, 0.90, 0.95)
COST = (2, 4, 6, 8, 10, 12, 14)
SPEEDUP = (6, 3, 2, 1.5, 1.2, 1, 12 / 14)
RIGHT = (4, 3, 4, 4, 5, 5, 5)
"""Answers right in each state: text 6 is lost, text 4 won, text 3 stays right, text 5 won."""
F1 = (4 / 6, 4 / 7, 6 / 8, 6 / 8, 6 / 7, 6 / 7, 6 / 7)
"""2 TP / (predicted positive + 3): TP goes 2, 2, 3 and stays; predicted positive 3, 4, 5, 5, 4."""
INVERSION_SCORE = 5 / 8
"""Small model: of 2 x 4 pairs, 0.75 beats 0.60, and 0.85 beats 0.60 and 0.80: three inverted."""
CALIBRATION_ERROR = (0.40 + 1.25) / 6
"""Small model, three bins: (1/3, 2/3] has 0.60, right; (2/3, 1] has 4.25 in all, three right."""


def six_texts_ladder() -> ExitLadder:
    return ExitLadder(
        name="2-12",
        logits=LOGITS,
        labels=LABELS,
        costs={"layers": [2, 14]},
        reference_cost={"layers": 12},
        exit_names=("2 layers", "12 layers"),
    )
