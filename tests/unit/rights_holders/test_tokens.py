"""How long a token may last, and how programs are told that an operation ends."""

from datetime import UTC, date, datetime, timedelta

import pytest

from portal.rights_holders.rules.endings import Ending, headers_of
from portal.rights_holders.rules.tokens import LONGEST, digest_of, is_day_for_token

TODAY = date(2026, 11, 26)


@pytest.mark.parametrize(
    ("days", "good"), [(-1, False), (0, True), (LONGEST.days, True), (LONGEST.days + 1, False)]
)
def test_a_token_ends_today_at_the_earliest_and_in_a_year_at_the_latest(days, good):
    assert is_day_for_token(TODAY + timedelta(days), TODAY) is good


def test_of_a_token_a_hash_is_kept_whatever_was_sent():
    assert digest_of("a") != digest_of("b")
    assert len(digest_of("\udce4")) == 32


def test_what_will_end_is_told_by_the_headers_of_the_standards():
    since, gone = datetime(2026, 11, 26, tzinfo=UTC), datetime(2027, 6, 1, tzinfo=UTC)
    said = headers_of(Ending(since, gone, "https://tips.example/ends"))

    assert said["Deprecation"] == f"@{int(since.timestamp())}"
    assert said["Sunset"] == "Tue, 01 Jun 2027 00:00:00 GMT"
    assert 'rel="deprecation"' in said["Link"]
