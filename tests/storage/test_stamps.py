"""Times and ids as rows hold them."""

import re
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.stamps import normal, now, stamp, uuid7

FORM = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")


def test_now_has_the_fixed_form():
    assert FORM.fullmatch(now())


@given(st.floats(0, 4e9), st.floats(0, 4e9))
def test_text_order_is_time_order(one, other):
    assert (stamp(one) < stamp(other)) <= (one < other)


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("2026-01-31T12:00:00.000Z", "2026-01-31T12:00:00.000Z"),
        ("2026-01-31T12:00:00+02:00", "2026-01-31T10:00:00.000Z"),
        ("2026-01-31 12:00", "2026-01-31T12:00:00.000Z"),
        ("2026-01-31", "2026-01-31T00:00:00.000Z"),
        ("0999-01-31T00:00:00.123456Z", "0999-01-31T00:00:00.123Z"),
    ],
)
def test_times_are_kept_in_utc_with_milliseconds(text, kept):
    assert normal(text) == kept


def test_ids_are_uuids_of_version_7_in_the_order_of_their_making():
    ids = [uuid7() for _ in range(1000)]
    assert {(UUID(one).version, UUID(one).variant) for one in ids} == {(7, "specified in RFC 4122")}
    assert len(set(ids)) == 1000
    assert [one[:13] for one in ids] == sorted(one[:13] for one in ids)
