"""What people typed about a hand-over: one encrypted document under a key of its own."""

from dataclasses import asdict, dataclass, field, replace

from portal.infra.vault import vault
from portal.transfers.models import HandOver, words_context


@dataclass(frozen=True, slots=True)
class Said:
    """The words of a hand-over; empty where nobody typed any.

    `reason` and `outline` go out with it. `address` is where a message that announces it goes.
    """

    reason: str = field(default="", repr=False)
    outline: str = field(default="", repr=False)
    why_originals: str = field(default="", repr=False)
    address: str = field(default="", repr=False)
    sending: str = field(default="", repr=False)
    their_reference: str = field(default="", repr=False)
    answer: str = field(default="", repr=False)
    back: str = field(default="", repr=False)


def said_of(hand_over: HandOver) -> Said:
    """What was typed, decrypted; nothing once it was erased."""
    if hand_over.words is None or hand_over.words_key is None:
        return Said()
    key = vault().open_key(hand_over.words_key)
    return Said(**key.decrypt_json(hand_over.words, words_context(hand_over.id)))


def say(hand_over: HandOver, **changes: str) -> None:
    """Add to what was typed; a hand-over whose words were erased takes none."""
    if hand_over.words_key is None:
        return
    said = replace(said_of(hand_over), **changes)
    key = vault().open_key(hand_over.words_key)
    hand_over.words = key.encrypt_json(asdict(said), words_context(hand_over.id))


def forget(hand_over: HandOver) -> None:
    """Destroy the key of what was typed."""
    hand_over.words_key = hand_over.words = None
