"""Passwords: what is accepted and how they are compared."""

import pytest

from portal.accounts import passwords
from portal.accounts.passwords import check_new_password, hash_password, is_password
from portal.infra.keys import Keys
from portal.kernel.errors import RuleBroken

GOOD = "an invented passphrase"


@pytest.fixture(autouse=True)
def pepper(monkeypatch):
    def use(byte: bytes) -> None:
        names = Keys.__dataclass_fields__
        monkeypatch.setattr(passwords, "keys", lambda: Keys(**dict.fromkeys(names, byte * 32)))

    use(b"p")
    return use


def test_the_right_password_is_right_and_another_is_not():
    stored = hash_password(GOOD)

    assert is_password(stored, GOOD)
    assert not is_password(stored, GOOD + " ")


def test_composed_and_decomposed_letters_are_the_same_password():
    assert is_password(
        hash_password("caf\u00e9 caf\u00e9 caf\u00e9"), "cafe\u0301 " * 2 + "cafe\u0301"
    )


def test_the_same_password_is_stored_differently_each_time():
    assert hash_password(GOOD) != hash_password(GOOD)


def test_without_the_pepper_a_stored_password_is_of_no_use(pepper):
    stored = hash_password(GOOD)
    pepper(b"q")

    assert not is_password(stored, GOOD)


@pytest.mark.parametrize("stored", [None, b"", b"\x02" + bytes(48)])
def test_an_unknown_name_costs_the_same_work_and_has_no_password(stored, monkeypatch):
    worked = []
    slow = passwords.slow_hash
    monkeypatch.setattr(
        passwords, "slow_hash", lambda *args, **how: worked.append(how) or slow(*args, **how)
    )

    assert not is_password(stored, GOOD)
    assert worked == [{"passes": 3, "memory_kib": 64 * 1024}]


@pytest.mark.parametrize("password", [GOOD, "用几个词连起来就很好记住", "x" * 3 + "abcdefghij"])
def test_length_is_all_that_is_asked(password):
    check_new_password(password, sign_in_name="li.si")


@pytest.mark.parametrize(
    ("password", "code"),
    [
        ("eleven char", "password-short"),
        ("abcde" * 41, "password-long"),
        ("PassWord1234", "password-common"),
        ("abababababab", "password-common"),
        ("li.sili.si12", "password-common"),
    ],
)
def test_what_is_refused(password, code):
    with pytest.raises(RuleBroken, match=code):
        check_new_password(password, sign_in_name="li.si")
