"""A custodian's key opens with their passphrase and in no other way."""

import unicodedata
from uuid import UUID

import pytest

from portal.custody import keyring
from portal.custody.keyring import (
    fingerprint,
    give_group_key,
    lock_private,
    new_pair,
    take_group_key,
    unlock_private,
)
from portal.custody.sealing import CustodianGroup
from portal.infra.vault import EnvelopeBroken
from portal.kernel.errors import RuleBroken
from portal.kernel.hashing import slow_hash

ANNA, BO = UUID(int=1), UUID(int=2)
PASSPHRASE = "correct café battery"
R, A = CustodianGroup.REQUESTERS, CustodianGroup.APPROVERS


@pytest.fixture(scope="module")
def pair():
    return new_pair()


@pytest.fixture(scope="module")
def locked(pair):
    return lock_private(pair.private, PASSPHRASE, ANNA)


def test_the_passphrase_opens_the_key_however_it_is_composed(pair, locked):
    decomposed = unicodedata.normalize("NFD", PASSPHRASE)

    assert unlock_private(locked, PASSPHRASE, ANNA) == pair.private
    assert unlock_private(locked, decomposed, ANNA) == pair.private


@pytest.mark.parametrize(
    ("passphrase", "account"), [(PASSPHRASE + "!", ANNA), (PASSPHRASE, BO), ("", ANNA)]
)
def test_another_passphrase_or_another_account_does_not(locked, passphrase, account):
    with pytest.raises(RuleBroken, match="passphrase-wrong"):
        unlock_private(locked, passphrase, account)


def test_closing_and_opening_each_cost_one_slow_hash_of_128_mebibytes(pair, monkeypatch):
    costs = []

    def counted(secret: bytes, salt: bytes, *, passes: int, memory_kib: int) -> bytes:
        costs.append((len(salt), passes, memory_kib))
        return slow_hash(secret, salt, passes=passes, memory_kib=memory_kib)

    monkeypatch.setattr(keyring, "slow_hash", counted)
    unlock_private(lock_private(pair.private, PASSPHRASE, ANNA), PASSPHRASE, ANNA)

    assert costs == [(32, 3, 128 * 1024)] * 2


@pytest.mark.parametrize("at", [0, 1, 33, 45, -1])
def test_a_changed_key_does_not_open(locked, at):
    broken = bytearray(locked)
    broken[at] ^= 1

    with pytest.raises(RuleBroken, match="passphrase-wrong"):
        unlock_private(bytes(broken), PASSPHRASE, ANNA)


@pytest.mark.parametrize("length", [0, 1, 20, 45])
def test_a_cut_key_does_not_open(locked, length):
    with pytest.raises(RuleBroken, match="passphrase-wrong"):
        unlock_private(locked[:length], PASSPHRASE, ANNA)


@pytest.mark.parametrize("passphrase", ["", "elevenchars", "ﬀ" * 5])
def test_a_short_passphrase_is_refused(pair, passphrase):
    with pytest.raises(RuleBroken, match="passphrase-short"):
        lock_private(pair.private, passphrase, ANNA)


def test_the_stored_key_does_not_contain_the_open_one(pair, locked):
    assert pair.private not in locked
    assert pair.private.hex() not in repr(pair)


def test_a_group_key_goes_to_one_member_one_group_and_one_version():
    group, member, stranger = new_pair(), new_pair(), new_pair()

    given = give_group_key(group, member.public, R, 1)

    assert take_group_key(given, member.private, R, 1) == group.private
    for key, side, version in [(stranger, R, 1), (member, A, 1), (member, R, 2)]:
        with pytest.raises(EnvelopeBroken):
            take_group_key(given, key.private, side, version)


def test_fingerprints_differ_and_are_made_for_comparing_by_eye():
    one, other = new_pair(), new_pair()

    assert fingerprint(one.public) == fingerprint(one.public) != fingerprint(other.public)
    assert [len(group) for group in fingerprint(one.public).split(" ")] == [4] * 10
