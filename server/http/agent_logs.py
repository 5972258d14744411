"""Agent logs over HTTP: what agents did for a conversation, and how right they were."""

from __future__ import annotations

from starlette.responses import Response

from server import bodies, keeping
from server.bodies import Body, Unit
from server.http import conversations
from server.http.endpoint import Call, Done, Endpoint, Page
from server.http.messages import Range
from server.http.responses import json
from server.http.shapes import page, shape
from storage.rows import AgentLog


class Scored(Body, frozen=True, kw_only=True):
    """What a check found; what isn't named stays."""

    accuracy_score: Unit | None = None
    training_quality: Unit | None = None


async def listed(call: Call) -> Response:
    """List a conversation's logs."""
    which: Range = call.query
    conversation = await conversations.existing(call)
    rows = await call.state.store.agent_logs(conversation.id, after_id=which.after, limit=which.limit)
    return json(page(rows, limit=which.limit))


async def added(call: Call) -> Response:
    """Keep what an agent did."""
    log_id = await call.state.store.add_agent_log(keeping.agent_log(call.body, call.ids["conversation_id"]))
    return json(Done(log_id), 201)


async def scored(call: Call) -> Response:
    """Write what a check of a log found."""
    found: Scored = call.body
    return json(
        shape(
            await call.state.store.score_agent_log(
                call.ids["log_id"],
                accuracy_score=found.accuracy_score,
                training_quality=found.training_quality,
            )
        )
    )


_OF = "/api/conversations/{conversation_id}/agent-logs"

endpoints = [
    Endpoint(method="GET", path=_OF, summary="List a conversation's agent logs", handler=listed, query=Range,
             answer=Page, errors=(404,), tag="agent logs"),
    Endpoint(method="POST", path=_OF, summary="Add an agent log", handler=added, body=bodies.AgentLog, answer=Done,
             status=201, errors=(404,), tag="agent logs"),
    Endpoint(method="PATCH", path="/api/agent-logs/{log_id}", summary="Score an agent log", handler=scored,
             body=Scored, answer=AgentLog, errors=(404,), tag="agent logs"),
]  # fmt: skip
