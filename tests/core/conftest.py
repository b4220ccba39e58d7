"""Property tests: no time limit per example, since a busy machine is not a wrong answer."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("patient", deadline=None)
settings.load_profile("patient")
