"""Figures: numbers in, a plotly figure out. No Streamlit, no arithmetic beyond axes."""

from __future__ import annotations
