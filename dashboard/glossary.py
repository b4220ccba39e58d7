"""The words that pages use, for who meets them for the first time."""

from __future__ import annotations

import html

import streamlit as st

WORDS = {
    "exit": "A place where an answer can leave: after a layer of one model (an off-ramp), or at "
    "the end of each model of a cascade.",
    "system": "Exits in the order in which they are asked. A static model has one, an early-exit "
    "model one after its layers, a cascade one for each of its models.",
    "exit score and τ": "How sure an exit is of its answer. An example leaves at the first exit "
    "whose score exceeds the threshold τ; the last exit always answers.",
    "speed-up": "What the reference costs on these examples divided by what the system costs. The "
    "reference alone is 1×; a cascade that always goes on is slower than that.",
    "difficulty inversion score (DIS)": "Of all pairs of a right and a wrong answer of an exit, "
    "the share in which the right one is the surer. 50 % is chance; the others are inverted pairs.",
    "calibration error (ECE)": "How far “90 % sure” is from being right nine times out of ten, on "
    "average over all answers.",
    "interval": "Where the score on all such examples lies, with 95 % confidence: these are a draw "
    "of them. It says nothing of models trained with another seed.",
}


def glossary() -> None:
    """An expander with the words and what they mean."""
    with st.expander("What the words mean", icon=":material/help:"):
        said = "".join(
            f"<dt>{html.escape(word)}</dt><dd>{html.escape(meaning)}</dd>"
            for word, meaning in WORDS.items()
        )
        st.html(f"<dl class='lens-words'>{said}</dl>")
