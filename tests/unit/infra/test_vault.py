"""The rules of envelope encryption."""

import io
import os
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.infra.vault import CHUNK_BYTES, PADDING_STEP, ContentKey, EnvelopeBroken, Vault

PLACE = "report.narrative:5b1c"
STREAM_HEADER = 1 + 32
SEALED_CHUNK = CHUNK_BYTES + 16


@pytest.fixture
def vault() -> Vault:
    return Vault(os.urandom(32))


@pytest.fixture
def key(vault) -> ContentKey:
    return vault.new_key()[0]


def sealed_stream(key: ContentKey, data: bytes, context: str = PLACE) -> bytes:
    sink = io.BytesIO()
    assert key.encrypt_stream(io.BytesIO(data), sink, context) == len(data)
    return sink.getvalue()


def opened_stream(key: ContentKey, sealed: bytes, context: str = PLACE) -> bytes:
    return b"".join(key.decrypt_stream(io.BytesIO(sealed), context))


class Trickle(io.RawIOBase):
    """A source that gives less than it is asked for, as a pipe may."""

    def __init__(self, data: bytes) -> None:
        self._data = io.BytesIO(data)

    def read(self, size: int = -1) -> bytes:
        return self._data.read(min(size, 1000))


@given(st.binary(max_size=2000))
@settings(max_examples=200)
def test_what_was_encrypted_comes_back(data):
    key, wrapped = Vault(bytes(32)).new_key()

    envelope = key.encrypt(data, PLACE)

    assert Vault(bytes(32)).open_key(wrapped).decrypt(envelope, PLACE) == data


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_text_and_json_come_back(text):
    key, _ = Vault(bytes(32)).new_key()

    assert key.decrypt_text(key.encrypt_text(text, PLACE), PLACE) == text
    assert key.decrypt_json(key.encrypt_json({"事": [text, 1]}, PLACE), PLACE) == {"事": [text, 1]}


def test_a_change_of_any_byte_of_an_envelope_is_noticed(key):
    envelope = key.encrypt(b"\xe6\x96\x87", PLACE)

    for at in range(len(envelope)):
        altered = bytearray(envelope)
        altered[at] ^= 1
        with pytest.raises(EnvelopeBroken):
            key.decrypt(bytes(altered), PLACE)


def test_a_change_of_any_byte_of_a_wrapped_key_is_noticed(vault):
    _, wrapped = vault.new_key()

    for at in range(len(wrapped)):
        altered = bytearray(wrapped)
        altered[at] ^= 1
        with pytest.raises(EnvelopeBroken):
            vault.open_key(bytes(altered))


def test_a_cut_envelope_and_a_cut_key_are_refused_at_every_length(vault):
    key, wrapped = vault.new_key()
    envelope = key.encrypt(b"x", PLACE)

    for length in range(len(envelope)):
        with pytest.raises(EnvelopeBroken):
            key.decrypt(envelope[:length], PLACE)
    for length in range(len(wrapped)):
        with pytest.raises(EnvelopeBroken):
            vault.open_key(wrapped[:length])


def test_an_envelope_opens_in_its_own_place_only(key):
    envelope = key.encrypt(b"x", "report.narrative:1")

    with pytest.raises(EnvelopeBroken) as refusal:
        key.decrypt(envelope, "report.narrative:2")
    assert refusal.value.code == "envelope-broken"


def test_another_records_key_opens_nothing(vault, key):
    other, _ = vault.new_key()

    with pytest.raises(EnvelopeBroken):
        other.decrypt(key.encrypt(b"x", PLACE), PLACE)


def test_another_servers_key_file_opens_nothing(vault):
    _, wrapped = vault.new_key()

    with pytest.raises(EnvelopeBroken):
        Vault(os.urandom(32)).open_key(wrapped)


def test_lengths_show_in_steps_only(key):
    lengths = {len(key.encrypt(bytes(n), PLACE)) for n in range(PADDING_STEP)}

    assert len(lengths) == 1
    assert len(key.encrypt(bytes(PADDING_STEP), PLACE)) == lengths.pop() + PADDING_STEP


def test_the_same_text_never_gives_the_same_envelope(key):
    assert key.encrypt(b"x", PLACE) != key.encrypt(b"x", PLACE)


def test_a_key_does_not_show_itself():
    secret = b"a secret key of thirty-two bytes"

    shown = repr(ContentKey(secret)) + str(ContentKey(secret)) + repr(Vault(secret))

    assert "secret" not in shown


def test_a_retired_key_still_opens_and_is_moved_on_without_touching_contents():
    old, new = os.urandom(32), os.urandom(32)
    key, wrapped = Vault(old).new_key()
    envelope = key.encrypt(b"x", PLACE)
    turned = Vault(new, older=[old])

    rewrapped = turned.rewrap(wrapped)

    assert not turned.is_current(wrapped)
    assert turned.is_current(rewrapped)
    assert turned.open_key(wrapped).decrypt(envelope, PLACE) == b"x"
    assert Vault(new).open_key(rewrapped).decrypt(envelope, PLACE) == b"x"
    with pytest.raises(EnvelopeBroken):
        Vault(new).open_key(wrapped)


def test_one_key_serves_many_threads(key):
    def round_trip(number: int) -> bool:
        data = number.to_bytes(4) * 500
        return key.decrypt(key.encrypt(data, PLACE), PLACE) == data

    with ThreadPoolExecutor(8) as threads:
        assert all(threads.map(round_trip, range(400)))


@pytest.mark.parametrize(
    "size", [0, 1, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 3 * CHUNK_BYTES]
)
def test_a_stream_comes_back_whatever_its_length(key, size):
    data = os.urandom(size)

    assert opened_stream(key, sealed_stream(key, data)) == data


def test_a_stream_from_a_slow_source_is_the_same(key):
    data, sink = os.urandom(CHUNK_BYTES + 5), io.BytesIO()

    key.encrypt_stream(Trickle(data), sink, PLACE)

    assert b"".join(key.decrypt_stream(Trickle(sink.getvalue()), PLACE)) == data


def test_chunks_are_never_larger_than_they_may_be(key):
    sealed = sealed_stream(key, bytes(5 * CHUNK_BYTES + 1))

    chunks = list(key.decrypt_stream(io.BytesIO(sealed), PLACE))

    assert [len(chunk) for chunk in chunks] == [CHUNK_BYTES] * 5 + [1]


def test_a_stream_cut_at_a_chunks_border_is_refused(key):
    sealed = sealed_stream(key, bytes(3 * CHUNK_BYTES))

    for chunks in (0, 1, 2):
        with pytest.raises(EnvelopeBroken):
            opened_stream(key, sealed[: STREAM_HEADER + chunks * SEALED_CHUNK])


def test_a_stream_cut_inside_a_chunk_or_the_header_is_refused(key):
    sealed = sealed_stream(key, b"some evidence")

    for length in range(len(sealed)):
        with pytest.raises(EnvelopeBroken):
            opened_stream(key, sealed[:length])


def test_a_change_of_any_byte_of_a_small_stream_is_noticed(key):
    sealed = sealed_stream(key, b"some evidence")

    for at in range(len(sealed)):
        altered = bytearray(sealed)
        altered[at] ^= 1
        with pytest.raises(EnvelopeBroken):
            opened_stream(key, bytes(altered))


def test_swapped_repeated_and_appended_chunks_are_noticed(key):
    sealed = sealed_stream(key, os.urandom(3 * CHUNK_BYTES))
    head = sealed[:STREAM_HEADER]
    first, second, third = (
        sealed[STREAM_HEADER + n * SEALED_CHUNK : STREAM_HEADER + (n + 1) * SEALED_CHUNK]
        for n in range(3)
    )

    for order in (
        [second, first, third],
        [first, first, second, third],
        [first, second, third, b"x"],
    ):
        with pytest.raises(EnvelopeBroken):
            opened_stream(key, head + b"".join(order))


def test_a_chunk_of_another_file_under_the_same_key_does_not_fit(key):
    one, other = sealed_stream(key, b"one"), sealed_stream(key, b"two")

    with pytest.raises(EnvelopeBroken):
        opened_stream(key, one[:STREAM_HEADER] + other[STREAM_HEADER:])


def test_a_stream_opens_in_its_own_place_only(key):
    with pytest.raises(EnvelopeBroken):
        opened_stream(key, sealed_stream(key, b"x", "evidence:1"), "evidence:2")


def test_a_stream_is_not_mistaken_for_a_record_nor_a_record_for_a_stream(key):
    with pytest.raises(EnvelopeBroken):
        key.decrypt(sealed_stream(key, b"x"), PLACE)
    with pytest.raises(EnvelopeBroken):
        opened_stream(key, key.encrypt(b"x", PLACE))
