"""Whatever stands in a list comes out of the database's array as it went in."""

from datetime import UTC, datetime, timedelta, timezone
from uuid import UUID

import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from common import arrays

INT64 = st.integers(min_value=-(2**63), max_value=2**63 - 1)
TEXT = st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]))
MOMENT = st.datetimes(
    min_value=datetime(1, 1, 2),
    max_value=datetime(9999, 12, 30),
    timezones=st.sampled_from([UTC, timezone(timedelta(hours=2))]),
)


def read(literal: str, kind: str) -> list:
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT array_agg(x ORDER BY n) FROM unnest(%s::{kind}[]) WITH ORDINALITY AS u(x, n)", [literal]
        )
        return cursor.fetchone()[0] or []


class TestArrays(TestCase):
    @given(st.lists(TEXT))
    def test_texts(self, values: list[str]) -> None:
        assert read(arrays.of_texts(values), "text") == values

    @given(st.lists(st.binary()))
    def test_bytes(self, values: list[bytes]) -> None:
        assert [bytes(value) for value in read(arrays.of_bytes(values), "bytea")] == values

    @given(st.lists(st.none() | INT64))
    def test_integers(self, values: list[int | None]) -> None:
        assert read(arrays.of_integers(values), "bigint") == values

    @given(st.lists(st.none() | st.uuids()))
    def test_uuids(self, values: list[UUID | None]) -> None:
        assert read(arrays.of_uuids(values), "uuid") == values

    @given(st.lists(st.none() | MOMENT))
    def test_moments(self, values: list[datetime | None]) -> None:
        assert read(arrays.of_moments(values), "timestamptz") == values

    @given(st.lists(st.booleans()))
    def test_flags(self, values: list[bool]) -> None:
        assert read(arrays.of_flags(values), "bool") == values


@pytest.mark.parametrize("value", ["NULL", "", "{}", "a,b", '"', "\\", '\\"', "{1,2}", " padded ", "line\nbreak", "é🎟"])
@pytest.mark.django_db
def test_a_text_that_means_something_in_an_array_is_text_like_any_other(value: str) -> None:
    assert read(arrays.of_texts([value, "next"]), "text") == [value, "next"]


@pytest.mark.parametrize("values", [["a\0b"], ["", "\0"], ["a", "b\0", "c"]])
def test_a_text_with_a_zero_character_is_refused_and_never_becomes_two(values: list[str]) -> None:
    with pytest.raises(ValueError, match="zero character"):
        arrays.of_texts(values)


def test_a_moment_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="zone"):
        arrays.of_moments([datetime(2026, 11, 21)])
