"""Pure decisions about signing in."""

from datetime import UTC, datetime, timedelta

import pytest

from portal.accounts.rules import (
    code_at,
    fold_name,
    fold_one_time_code,
    is_accepted_step,
    is_sign_in_name,
    matching_step,
    new_one_time_code,
    new_token,
    next_unused_step,
    step_at,
    token_hash,
)

# The secret and the times of RFC 6238, appendix B; the last six of its eight digits.
RFC_SECRET = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
NOW = datetime(2026, 3, 2, 12, 0, 5, tzinfo=UTC)
STEP = step_at(NOW)


@pytest.mark.parametrize(
    ("seconds", "code"),
    [(59, "287082"), (1111111109, "081804"), (1234567890, "005924"), (20000000000, "353130")],
)
def test_codes_are_those_of_the_standard(seconds, code):
    assert code_at(RFC_SECRET, step_at(datetime.fromtimestamp(seconds, UTC))) == code


@pytest.mark.parametrize(
    ("drift", "taken"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)]
)
def test_a_clock_may_be_one_step_off(drift, taken):
    found = matching_step(RFC_SECRET, code_at(RFC_SECRET, STEP + drift), NOW, after=0)

    assert (found == STEP + drift) is taken
    assert is_accepted_step(STEP + drift, NOW) is taken


def test_a_used_code_and_every_earlier_one_is_refused():
    codes = [code_at(RFC_SECRET, STEP + drift) for drift in (-1, 0)]

    assert [matching_step(RFC_SECRET, code, NOW, after=STEP) for code in codes] == [None, None]


@pytest.mark.parametrize("typed", ["１２３ 456", "", "12345", "\ud800", "abcdef", "1" * 1000])
def test_anything_may_be_typed_as_a_code(typed):
    assert matching_step(RFC_SECRET, typed, NOW, after=0) is None


def test_a_code_may_be_typed_with_spaces_and_full_width_digits():
    code = code_at(RFC_SECRET, STEP)
    wide = "".join(chr(ord(digit) + 0xFEE0) for digit in code)

    assert matching_step(RFC_SECRET, f" {wide[:3]} {wide[3:]} ", NOW, after=0) == STEP


def test_the_next_code_to_type_is_one_that_was_not_used():
    assert next_unused_step(NOW, after=0) == STEP
    assert next_unused_step(NOW, after=STEP) == STEP + 1
    assert next_unused_step(NOW + timedelta(minutes=5), after=STEP) == STEP + 10


@pytest.mark.parametrize("name", ["li.si", "a_b", "officer-2", "abc", "a" * 40])
def test_names_that_can_be_given(name):
    assert is_sign_in_name(name)


@pytest.mark.parametrize(
    "name", ["", "ab", ".abc", "abc-", "Li.Si", "li si", "李四", "a" * 41, "abc\n"]
)
def test_names_that_cannot(name):
    assert not is_sign_in_name(name)


def test_a_name_is_folded_in_case_width_and_margins():
    assert fold_name(" ＬＩ.Si\t") == "li.si"


def test_a_one_time_code_is_read_however_it_is_typed():
    code = new_one_time_code()

    assert fold_one_time_code(f"  {code.lower().replace('-', ' ').replace('0', 'o')} ") == code
    assert len(code.replace("-", "")) == 20


def test_tokens_are_long_and_differ():
    assert len({new_token() for _ in range(100)}) == 100
    assert len(new_token()) == 43
    assert len(token_hash("\ud800")) == 32
