"""What is sealed to two groups takes both to open."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.custody.keyring import new_pair
from portal.custody.sealing import (
    GroupKeys,
    Sealed,
    new_sealed_key,
    open_inner,
    peel_outer,
    seal,
    seal_record,
    take_off_layers,
    unseal,
    wrap_again,
)
from portal.infra.vault import ContentKey, EnvelopeBroken

R, A = new_pair(), new_pair()
KEYS = GroupKeys(R.public, A.public, version=3)
PLACE = "intake_identity:7f:report:9c"
IDENTITY = {"name": "张三（虚构）", "phone": "+86 000 0000 0000"}

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters(codec="utf-8")), inner),
    max_leaves=5,
)


def opened(sealed: Sealed, place: str = PLACE) -> dict:
    return open_inner(R.private, peel_outer(A.private, sealed, place), sealed, place)


def altered(data: bytes, at: int) -> bytes:
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]


@given(st.dictionaries(st.text(st.characters(codec="utf-8")), json_values))
def test_both_keys_one_after_the_other_open_a_record(body):
    assert opened(seal_record(body, KEYS, PLACE)) == body


def test_the_requesters_key_alone_opens_nothing():
    sealed = seal_record(IDENTITY, KEYS, PLACE)

    with pytest.raises(EnvelopeBroken):
        peel_outer(R.private, sealed, PLACE)
    with pytest.raises(EnvelopeBroken):
        open_inner(R.private, sealed.wrap, sealed, PLACE)


def test_the_approvers_key_alone_opens_nothing():
    sealed = seal_record(IDENTITY, KEYS, PLACE)

    inner = peel_outer(A.private, sealed, PLACE)

    with pytest.raises(EnvelopeBroken):
        open_inner(A.private, inner, sealed, PLACE)
    with pytest.raises(EnvelopeBroken):
        ContentKey(inner[-32:]).decrypt_json(sealed.body, f"sunline/sealed/1/body/3/{PLACE}")


def test_neither_what_is_stored_nor_what_is_peeled_shows_anything_of_the_record():
    sealed = seal_record(IDENTITY, KEYS, PLACE)

    seen = sealed.body + sealed.wrap + peel_outer(A.private, sealed, PLACE)

    for value in IDENTITY.values():
        assert value.encode() not in seen


def test_a_seal_is_of_its_own_place_and_key_version():
    sealed = seal_record(IDENTITY, KEYS, PLACE)
    inner = peel_outer(A.private, sealed, PLACE)
    later = Sealed(sealed.body, sealed.wrap, key_version=4)

    with pytest.raises(EnvelopeBroken):
        peel_outer(A.private, sealed, PLACE + "0")
    with pytest.raises(EnvelopeBroken):
        peel_outer(A.private, later, PLACE)
    with pytest.raises(EnvelopeBroken):
        open_inner(R.private, inner, sealed, PLACE + "0")
    with pytest.raises(EnvelopeBroken):
        open_inner(R.private, inner, later, PLACE)


def test_the_body_of_one_record_under_the_wrap_of_another_is_refused():
    one, other = seal_record(IDENTITY, KEYS, PLACE), seal_record({}, KEYS, PLACE)

    with pytest.raises(EnvelopeBroken):
        opened(Sealed(one.body, other.wrap, 3))


def test_a_change_of_any_byte_is_noticed():
    sealed = seal_record(IDENTITY, KEYS, PLACE)
    inner = peel_outer(A.private, sealed, PLACE)

    for at in range(len(sealed.body)):
        with pytest.raises(EnvelopeBroken):
            opened(Sealed(altered(sealed.body, at), sealed.wrap, 3))
    for at in range(len(sealed.wrap)):
        # The top bit of an X25519 key is ignored by RFC 7748; what is changed here is the lowest.
        with pytest.raises(EnvelopeBroken):
            peel_outer(A.private, Sealed(sealed.body, altered(sealed.wrap, at), 3), PLACE)
    for at in range(len(inner)):
        with pytest.raises(EnvelopeBroken):
            open_inner(R.private, altered(inner, at), sealed, PLACE)


def test_a_cut_seal_is_refused_at_every_length():
    sealed = seal(b"x", R.public, PLACE)

    for length in range(len(sealed)):
        with pytest.raises(EnvelopeBroken):
            unseal(sealed[:length], R.private, PLACE)


def test_the_size_of_a_record_tells_nothing_of_what_is_in_it():
    small, larger = seal_record({}, KEYS, PLACE), seal_record(IDENTITY, KEYS, PLACE)

    assert len(small.body) == len(larger.body)
    assert len(small.wrap) == len(larger.wrap) == 130


R2, A2, R3, A3 = new_pair(), new_pair(), new_pair(), new_pair()
ALL_OF_R = {3: R.private, 4: R2.private, 6: R3.private}


def test_what_was_wrapped_again_is_opened_by_the_keys_of_all_its_versions_one_after_the_other():
    sealed = seal_record(IDENTITY, KEYS, PLACE)

    second = wrap_again(A.private, sealed, GroupKeys(R2.public, A2.public, 4), PLACE)
    third = wrap_again(A2.private, second, GroupKeys(R3.public, A3.public, 6), PLACE)

    assert (third.layers, third.wrap_version, third.key_version) == ((4, 6), 6, 3)
    assert (third.body, len(third.wrap)) == (sealed.body, 130 + 2 * 49)
    inner = take_off_layers(ALL_OF_R, peel_outer(A3.private, third, PLACE), third, PLACE)
    assert open_inner(R.private, inner, third, PLACE) == IDENTITY
    assert wrap_again(A3.private, third, GroupKeys(R3.public, A3.public, 6), PLACE) is third


def test_older_keys_of_either_group_open_nothing_that_was_wrapped_again():
    sealed = seal_record(IDENTITY, KEYS, PLACE)
    again = wrap_again(A.private, sealed, GroupKeys(R2.public, A2.public, 4), PLACE)

    with pytest.raises(EnvelopeBroken):
        peel_outer(A.private, again, PLACE)
    inner = peel_outer(A2.private, again, PLACE)
    with pytest.raises(EnvelopeBroken):
        open_inner(R.private, inner, again, PLACE)
    with pytest.raises(EnvelopeBroken):
        take_off_layers({4: R.private}, inner, again, PLACE)


def test_a_key_for_a_file_can_be_sealed_in_the_same_way():
    key, wrap = new_sealed_key(KEYS, PLACE)
    sealed = Sealed(key.encrypt_json(IDENTITY, f"sunline/sealed/1/body/3/{PLACE}"), wrap, 3)

    assert opened(sealed) == IDENTITY
