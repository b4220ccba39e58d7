"""`python -m dashboard` serves the shipped runs."""

from __future__ import annotations

from dashboard.app import launch

if __name__ == "__main__":
    launch()
