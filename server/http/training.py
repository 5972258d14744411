"""Training data over HTTP: SEED.md's endpoints."""

from __future__ import annotations

from starlette.routing import Route

routes: list[Route] = []
