"""Pictures of layers that a run lacks: made on a button, with progress, and kept in the run."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from cascade_core import Run, RunError
from cascade_core.projections import METHODS
from cascade_core.weights import missing_weights
from dashboard.memory import recall
from dashboard.shown import Shown
from dashboard.texts import shown_texts


def make_pictures(run: Run, wanted: Sequence[str]) -> None:
    """Offer to project a model's layers; where that cannot be done, say what it takes.

    `wanted` are models in the order they are offered.
    """
    missing = missing_weights(run)
    ready = [model for model in wanted if model not in missing]
    if not ready:
        remedy = next(iter(missing.values()))
        st.info(
            f"Pictures are made by running a model over the texts again, but {remedy}. A recipe "
            "that asks for [[projections]] makes them with the run."
        )
        return
    if not shown_texts(Shown(run, run, run)):
        return
    models, methods, button = st.columns([3, 3, 2], vertical_alignment="bottom")
    model = models.selectbox("Model to run", ready, key="make_model")
    method = methods.segmented_control(
        "Picture by",
        list(METHODS),
        required=True,
        default="umap",
        format_func=METHODS.__getitem__,
        key="make_method",
        help="UMAP is compiled when it is first used, which takes about half a minute more.",
    )
    if missing:
        st.caption(f"Not at hand: {', '.join(missing)}. {next(iter(missing.values()))}.")
    if button.button("Make the pictures", key="make", icon=":material/scatter_plot:"):
        _make(model, method or "umap")


def _make(model: str, method: str) -> None:
    bar = st.progress(0.0, "Importing PyTorch …")

    def show(what: str, done: int, pieces: int) -> None:
        bar.progress(
            done / max(pieces, 1), f"{what[:1].upper()}{what[1:]} … {done:,} of {pieces:,}"
        )

    try:
        from cascade_core.prediction.represent_run import represent_run  # torch, when it is used

        allow_hub = recall("texts_asked") is not None
        represent_run(recall("folder"), model, [method], allow_hub=allow_hub, progress=show)
    except ModuleNotFoundError as error:
        st.info(
            f"Running models needs {error.name}, which is not installed: "
            "pip install 'cascadelens[models]'"
        )
    except (LookupError, RunError) as error:
        st.error(f"{error.args[0]}.".replace("..", "."))
    else:
        st.rerun()  # with the run as it is now
