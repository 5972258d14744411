"""The API's description, made from the endpoints themselves: what it says is what is checked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from server.http.endpoint import Endpoint, is_number
from server.http.shapes import HIDDEN, JSON_COLUMNS

_REF = "#/components/schemas/{name}"

_MEANINGS = {
    200: "Done",
    201: "Kept",
    206: "A part of it",
    400: "The body isn't JSON, or the request can be read in two ways",
    401: "No token, or an unknown one",
    403: "The host or origin isn't allowed, or the token lacks the scope",
    404: "There is no such thing",
    413: "The body is too large",
    415: "The body isn't declared as JSON",
    422: "A field is wrong; the error names it and what is allowed",
    429: "Too many at once; Retry-After says when to come back",
    503: "Busy or out of space; Retry-After says when to come back",
}


class ErrorDetail(msgspec.Struct, frozen=True):
    """What went wrong."""

    code: str
    message: str
    field: str | None = None


class Error(msgspec.Struct, frozen=True):
    """Every answer that isn't a success."""

    error: ErrorDetail


def describe(endpoints: Sequence[Endpoint]) -> dict[str, Any]:
    """Write the OpenAPI 3.1 description of these endpoints."""
    kinds = {kind for e in endpoints for kind in (e.body, e.answer) if kind} | {Error}
    ordered = sorted(kinds, key=lambda kind: (kind.__module__, kind.__qualname__))
    schemas, components = msgspec.json.schema_components(ordered, ref_template=_REF)
    by_kind = dict(zip(ordered, schemas, strict=True))
    _unwrap(components)
    paths: dict[str, dict[str, Any]] = {}
    for endpoint in endpoints:
        paths.setdefault(endpoint.path, {})[endpoint.method.lower()] = _operation(endpoint, by_kind)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Earshot", "version": "1", "description": "Voice in, training data out."},
        "paths": paths,
        "components": {
            "schemas": components,
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
        "security": [{}, {"token": []}],
    }


def _unwrap(components: dict[str, Any]) -> None:
    """Tell that JSON columns come as values, and leave out what stays inside."""
    for kind, columns in JSON_COLUMNS.items():
        properties = components.get(kind.__name__, {}).get("properties", {})
        for column in columns:
            properties[column] = {"description": "Any JSON value, null where there is none."}
    for kind, columns in HIDDEN.items():
        component = components.get(kind.__name__, {})
        for column in columns:
            component.get("properties", {}).pop(column, None)
            component["required"] = [name for name in component.get("required", []) if name != column]


def _operation(endpoint: Endpoint, schemas: dict[type, Any]) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "summary": endpoint.summary,
        "operationId": f"{endpoint.tag.replace(' ', '_')}_{endpoint.handler.__name__}",
        "tags": [endpoint.tag],
        "parameters": [*_path_parameters(endpoint), *_query_parameters(endpoint)],
        "responses": {str(status): _response(endpoint, status, schemas) for status in endpoint.statuses()},
    }
    if endpoint.body:
        operation["requestBody"] = {
            "required": True,
            "content": {"application/json": {"schema": schemas[endpoint.body]}},
        }
    return operation


def _path_parameters(endpoint: Endpoint) -> list[dict[str, Any]]:
    number = {"type": "integer", "minimum": 1, "maximum": 2**63 - 1}
    name = {"type": "string", "minLength": 1}
    return [
        {"name": p, "in": "path", "required": True, "schema": number if is_number(p) else name}
        for p in endpoint.parameters
    ]


def _query_parameters(endpoint: Endpoint) -> list[dict[str, Any]]:
    if endpoint.query is None:
        return []
    _, components = msgspec.json.schema_components([endpoint.query], ref_template=_REF)
    properties = components[endpoint.query.__name__]["properties"]
    return [{"name": name, "in": "query", "schema": schema} for name, schema in properties.items()]


def _response(endpoint: Endpoint, status: int, schemas: dict[type, Any]) -> dict[str, Any]:
    answer: dict[str, Any] = {"description": _MEANINGS[status]}
    if status >= 400:
        answer["content"] = {"application/json": {"schema": schemas[Error]}}
    elif endpoint.answer:
        answer["content"] = {"application/json": {"schema": schemas[endpoint.answer]}}
    else:
        answer["content"] = {media: {} for media in endpoint.media}
    return answer
