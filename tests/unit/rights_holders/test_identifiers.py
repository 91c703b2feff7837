"""Identifiers of works and firms by their check digits."""

import pytest

from portal.rights_holders.rules.identifiers import Scheme, is_registration, normal

GOOD = [
    (Scheme.ISBN, "978-7-02-000220-7", "9787020002207"),
    (Scheme.ISBN, "ISBN 0-306-40615-2", "9780306406157"),
    (Scheme.ISBN, "0-8044-2957-X", "9780804429573"),
    (Scheme.ISRC, "US-RC1-76-07839", "USRC17607839"),
    (Scheme.ISWC, "T-034.524.680-1", "T0345246801"),
    (Scheme.EIDR, "10.5240/7791-8534-2C23-9030-8610-5", "10.5240/7791-8534-2C23-9030-8610-5"),
    (Scheme.REGISTRATION, "国作登字-2019-F-00712345", "国作登字-2019-F-00712345"),
    (Scheme.REGISTRATION, "2020sr0123456", "2020SR0123456"),
]
BAD = [
    (Scheme.ISBN, "978-7-02-000220-8"),
    (Scheme.ISBN, "0-306-40615-3"),
    (Scheme.ISBN, "9770306406157"),
    (Scheme.ISRC, "US-RC1-76-0783"),
    (Scheme.ISWC, "T-034.524.680-2"),
    (Scheme.EIDR, "10.5240/7791-8534-2C23-9030-8610-6"),
    (Scheme.REGISTRATION, "无"),
]


@pytest.mark.parametrize(("scheme", "typed", "kept"), GOOD)
def test_an_identifier_is_kept_in_one_spelling(scheme, typed, kept):
    assert normal(scheme, typed) == kept


@pytest.mark.parametrize(("scheme", "typed"), BAD)
def test_one_whose_check_digit_or_form_is_wrong_is_no_identifier(scheme, typed):
    assert normal(scheme, typed) is None


def test_every_single_wrong_digit_of_an_isbn_is_found():
    right = "9787020002207"

    for at, digit in enumerate(right):
        other = right[:at] + str((int(digit) + 1) % 10) + right[at + 1 :]
        assert normal(Scheme.ISBN, other) is None


def test_the_code_of_a_firm_is_checked_and_a_foreign_number_is_taken():
    assert is_registration("91350100M000100Y43")
    assert not is_registration("91350100M000100Y44")
    assert is_registration("GB 01234567")
    assert not is_registration("无")
