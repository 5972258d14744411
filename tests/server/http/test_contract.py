"""The API against its own description: whatever is sent, nothing undocumented comes back, and never a 500."""

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from server.http.app import ENDPOINTS
from server.http.openapi import describe
from tests.process import started

schema = schemathesis.openapi.from_dict(describe(ENDPOINTS))
CHECKS = (
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
)


@pytest.fixture(scope="module")
def url(tmp_path_factory):
    with started(tmp_path_factory.mktemp("contract")) as server:
        yield server.http


@schema.parametrize()
@settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
def test_every_answer_is_a_documented_one(case, url):
    case.call_and_validate(base_url=url, checks=CHECKS)
