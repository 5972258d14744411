"""Training data over HTTP: SEED.md's endpoints."""

from __future__ import annotations

routes: list[object] = []
