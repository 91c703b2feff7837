"""The rules of receipt codes and case references."""

import os
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.kernel.hashing import slow_hash
from portal.kernel.reference import (
    CROCKFORD,
    DIGITS,
    LONGEST_INPUT,
    ReceiptCode,
    check_symbol,
    closed_verifier,
    derive_receipt,
    harden_verifier,
    interim_verifier,
    is_last_four,
    last_four,
    locator_mac,
    new_reference,
    normalise_reference,
    parse_receipt,
    secret_mac,
    verify_secret,
)

PEPPER = b"p" * 32
TOKEN = b"t" * 16
WRITTEN = derive_receipt(PEPPER, TOKEN, 0)
SPOKEN = derive_receipt(PEPPER, TOKEN, 0, spoken=True)
VARIANTS = pytest.mark.parametrize(
    ("code", "alphabet"), [(WRITTEN, CROCKFORD), (SPOKEN, DIGITS)], ids=["written", "spoken"]
)


def symbols_of(code: ReceiptCode) -> str:
    return code.text.replace("-", "")


def test_a_receipt_has_its_shape():
    assert [len(group) for group in WRITTEN.text.split("-")] == [5, 5, 5, 5]
    assert (len(WRITTEN.locator), len(WRITTEN.secret)) == (7, 12)
    assert set(symbols_of(WRITTEN)) <= set(CROCKFORD)


def test_a_receipt_for_the_telephone_has_digits_only():
    assert (len(SPOKEN.locator), len(SPOKEN.secret)) == (10, 18)
    assert len(symbols_of(SPOKEN)) == 29
    assert symbols_of(SPOKEN).isdigit()
    assert SPOKEN.is_spoken
    assert not WRITTEN.is_spoken


@pytest.mark.requirement("G12")
@given(st.binary(min_size=16, max_size=16), st.integers(0, 100), st.booleans())
def test_the_same_submission_gives_the_same_receipt_and_it_can_be_read_back(token, counter, spoken):
    code = derive_receipt(PEPPER, token, counter, spoken=spoken)

    assert code == derive_receipt(PEPPER, token, counter, spoken=spoken)
    assert parse_receipt(code.text) == code


def test_another_token_counter_pepper_or_variant_gives_another_receipt():
    codes = [
        WRITTEN,
        SPOKEN,
        derive_receipt(PEPPER, TOKEN, 1),
        derive_receipt(PEPPER, b"u" * 16, 0),
        derive_receipt(b"q" * 32, TOKEN, 0),
    ]

    assert len({code.locator for code in codes}) == len({code.secret for code in codes}) == 5


def test_every_symbol_occurs_at_every_place():
    codes = [symbols_of(derive_receipt(PEPPER, TOKEN, n)) for n in range(1000)]

    assert all({code[place] for code in codes} == set(CROCKFORD) for place in range(20))


@VARIANTS
def test_every_single_wrong_symbol_is_refused(code, alphabet):
    right = symbols_of(code)

    for place, wrong in product(range(len(right)), alphabet):
        if wrong != right[place]:
            assert parse_receipt(right[:place] + wrong + right[place + 1 :]) is None


@VARIANTS
def test_every_swap_of_two_neighbours_is_refused_whatever_they_are(code, alphabet):
    """Each pair of symbols at each pair of neighbouring places, the check symbol too."""
    length = len(symbols_of(code))

    for place, (one, other) in product(range(length - 2), product(alphabet, repeat=2)):
        payload = list(symbols_of(code)[:-1])
        payload[place], payload[place + 1] = one, other
        right = "".join(payload) + check_symbol("".join(payload))
        swapped = right[:place] + right[place + 1] + right[place] + right[place + 2 :]
        last_swapped = right[:-2] + right[-1] + right[-2]

        assert (parse_receipt(swapped) is None) == (one != other)
        assert (parse_receipt(last_swapped) is None) == (right[-1] != right[-2])


def test_in_the_written_code_a_swap_of_any_two_symbols_is_refused():
    right = symbols_of(WRITTEN)

    for one, other in product(range(20), repeat=2):
        swapped = list(right)
        swapped[one], swapped[other] = swapped[other], swapped[one]
        assert (parse_receipt("".join(swapped)) is None) == (right[one] != right[other])


@given(st.integers(0, 31), st.integers(0, 31), st.integers(0, 18), st.integers(0, 2**95 - 1))
def test_single_errors_are_found_in_any_code(right, wrong, place, number):
    payload = [CROCKFORD[number >> 5 * n & 31] for n in range(19)]
    payload[place] = CROCKFORD[right]
    check = check_symbol("".join(payload))
    payload[place] = CROCKFORD[wrong]

    assert (check_symbol("".join(payload)) == check) == (right == wrong)


@pytest.mark.parametrize(
    "typed",
    [
        WRITTEN.text.lower(),
        WRITTEN.text.replace("-", ""),
        WRITTEN.text.replace("-", " "),
        WRITTEN.text.replace("-", "."),
        WRITTEN.text.replace("-", "——"),
        "\u3000" + WRITTEN.text.replace("-", "\u200b") + "\n",
        WRITTEN.text.replace("0", "O").replace("1", "l"),
        WRITTEN.text.replace("0", "o").replace("1", "I"),
        "".join(chr(ord(symbol) + 0xFEE0) for symbol in WRITTEN.text),
    ],
)
def test_a_code_is_read_as_people_type_it(typed):
    assert parse_receipt(typed) == WRITTEN


@pytest.mark.parametrize(
    "typed",
    [
        *("", "-", "\x00", WRITTEN.text[:-1], WRITTEN.text + "0", "U" * 20, "阳光热线" * 5),
        *("é" * 20, "0" * (LONGEST_INPUT + 1), "\ufdfa" * 20, "٣" * 29, "\ud800" * 20),
    ],
)
def test_what_cannot_be_a_code_is_refused(typed):
    assert parse_receipt(typed) is None


@given(st.text())
def test_reading_any_text_as_a_code_or_reference_never_fails(text):
    parse_receipt(text)
    normalise_reference(text)


def test_a_code_does_not_show_itself():
    shown = f"{WRITTEN!r} {WRITTEN}"

    assert WRITTEN.locator not in shown
    assert WRITTEN.secret not in shown


def test_the_last_four_show_that_the_code_was_kept():
    assert last_four(WRITTEN) == WRITTEN.text[-4:]
    assert is_last_four(WRITTEN, f" {WRITTEN.text[-4:].lower()} ")
    assert not is_last_four(WRITTEN, WRITTEN.text[:4])
    assert not is_last_four(WRITTEN, "四个字符")
    assert not is_last_four(WRITTEN, "")


@pytest.mark.parametrize("reference", [new_reference() for _ in range(50)], ids=range(50))
def test_a_new_reference_reads_back_with_and_without_its_prefix(reference):
    assert len(reference) == len("SL-XXXX-XXXX")
    for typed in (reference, reference.lower(), reference[3:], reference.replace("-", "")):
        assert normalise_reference(typed) == reference


@pytest.mark.parametrize("typed", ["", "SL", "SL-1234", "XX-1234-5678", "SL-UUUU-1234", "阳光" * 4])
def test_what_cannot_be_a_reference_is_none(typed):
    assert normalise_reference(typed) is None


def test_locators_and_secrets_are_kept_under_keys_of_their_own():
    tags = {
        locator_mac(PEPPER, "ABC"),
        locator_mac(b"q" * 32, "ABC"),
        locator_mac(PEPPER, "ABD"),
        secret_mac(PEPPER, "ABC"),
        secret_mac(b"q" * 32, "ABC"),
        secret_mac(PEPPER, "ABD"),
    }

    assert len(tags) == 6
    assert {len(tag) for tag in tags} == {32}


def test_a_secret_is_verified_before_and_after_it_is_hardened():
    interim = interim_verifier(PEPPER, WRITTEN.secret)
    final = harden_verifier(interim)

    for stored in (interim, final):
        assert verify_secret(stored, PEPPER, WRITTEN.secret)
        assert not verify_secret(stored, PEPPER, WRITTEN.secret[::-1])
        assert not verify_secret(stored, os.urandom(32), WRITTEN.secret)


def test_a_closed_verifier_is_opened_by_nothing_and_looks_like_any_final_one():
    closed = closed_verifier()

    assert not verify_secret(closed, PEPPER, "")
    assert harden_verifier(closed) == closed
    assert len(closed) == len(harden_verifier(interim_verifier(PEPPER, "A")))


def test_hardening_salts_every_verifier_and_is_safe_to_repeat():
    interim = interim_verifier(PEPPER, WRITTEN.secret)

    final = harden_verifier(interim)

    assert harden_verifier(final) == final
    assert harden_verifier(interim) != final
    assert secret_mac(PEPPER, WRITTEN.secret) not in final


def test_a_miss_and_an_interim_verifier_cost_one_slow_hash_like_a_hit(monkeypatch):
    costs = []

    def counted(secret: bytes, salt: bytes, *, passes: int, memory_kib: int) -> bytes:
        costs.append((len(secret), len(salt), passes, memory_kib))
        return slow_hash(secret, salt, passes=passes, memory_kib=memory_kib)

    interim = interim_verifier(PEPPER, WRITTEN.secret)
    final = harden_verifier(interim)
    monkeypatch.setattr("portal.kernel.reference.slow_hash", counted)

    for stored in (None, interim, final):
        for secret in (WRITTEN.secret, WRITTEN.secret[::-1]):
            verify_secret(stored, PEPPER, secret)

    assert costs == [(32, 32, 2, 19 * 1024)] * 6


def test_an_unknown_locator_is_never_verified():
    assert not verify_secret(None, PEPPER, WRITTEN.secret)
