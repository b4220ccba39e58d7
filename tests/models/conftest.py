from __future__ import annotations

import pytest

pytest.importorskip("torch", reason="needs the `models` extra: pip install 'cascadelens[models]'")
