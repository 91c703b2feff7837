"""What a thief finds who has the database, every file, the environment, tasks and logs (T33).

The queue, the bytes of the database file, the logs of processes and a copy made by the launcher are
searched in `tests/integration/workers/test_letters.py`, where all of them are real.
"""

import base64
import contextlib
import os
from collections.abc import Iterable, Iterator
from dataclasses import fields
from itertools import product

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import inspect, select, text

from portal.custody.keyring import unlock_private
from portal.custody.models import Custodian, GroupKey, Membership, Opening, PostKey
from portal.custody.sealing import CustodianGroup, unseal
from portal.custody.service.rewrapping import SealedRow
from portal.identities.news import look_for_news, tell_by_mail
from portal.infra.config import settings
from portal.infra.database import Base, db
from portal.infra.keys import Keys, keys
from portal.infra.vault import ContentKey, EnvelopeBroken
from portal.intake.addresses import address_place
from portal.intake.identity import identity_context
from portal.intake.models import ReporterIdentity, ReporterMail
from portal.jurisdiction.models import VERSIONED
from portal.kernel.actor import Actor
from portal.kernel.errors import RuleBroken
from portal.rewards.payment.models import PayeeData
from portal.rewards.payment.places import payee_context
from tests.factories.custody import PASSPHRASE
from tests.files import content_of
from tests.integration.hostile.canaries import found_in
from tests.integration.identities.conftest import EMAIL, NAME, PHONE, named_report
from tests.integration.identities.test_news import with_news

CANARIES = (NAME, PHONE, EMAIL, PASSPHRASE)
KEY = 32
# Base64 without and with its padding, and hexadecimal.
AS_TEXT = (43, 44, 64)
# The index itself gives nothing out; what it stores lies in tables of its own, which are read.
UNREADABLE = {"search_fts"}
PLACE = {model.__tablename__ for model in VERSIONED}


def values() -> Iterator[object]:
    """Every value of every table, but for the rows of the shipped pack, which everybody can read.

    They are a country, were there before anybody in the test, and took most of the time.
    """
    names = set(inspect(db.session.connection()).get_table_names()) - UNREADABLE
    for table in sorted(names):
        later = " WHERE since_version > 1" if table in PLACE else ""
        query = text(f'SELECT * FROM "{table}"{later}')  # noqa: S608  # our own
        for row in db.session.execute(query):
            yield from row


def stored() -> list[bytes]:
    """Every value of every table, as bytes."""
    return [one if isinstance(one, bytes) else str(one).encode() for one in values()]


def files(*left_out: str) -> list[bytes]:
    """Every file of the data folder but the database, which is read row by row."""
    var = settings().var
    every = [path for path in var.rglob("*") if path.is_file()]
    return [
        content_of(path)
        for path in every
        if not path.name.startswith("sunline.db") and path.relative_to(var).parts[0] not in left_out
    ]


def environment() -> list[bytes]:
    """What the processes were started with."""
    return [f"{name}={value}".encode() for name, value in os.environ.items()]


def loot() -> set[bytes]:
    """Whatever among the stolen could be a key: 32 bytes, plain, in hexadecimal or in base64.

    An id as text has 32 characters and is none: there are ten thousand of them.
    """
    found: set[bytes] = set()
    for one in values():
        if isinstance(one, bytes) and len(one) == KEY:
            found.add(one)
        elif isinstance(one, str) and len(one) in AS_TEXT:
            found |= {value for value in readings(one.encode()) if len(value) == KEY}
    keys_there = [path.read_bytes() for path in settings().keys_dir.glob("*") if path.is_file()]
    for word in (
        b" ".join([*keys_there, *environment()])
        .translate(bytes.maketrans(b'"=,:', b"    "))
        .split()
    ):
        found |= {value for value in readings(word) if len(value) == KEY}
    return found


def readings(word: bytes) -> Iterator[bytes]:
    """What a word of a file may stand for."""
    with contextlib.suppress(ValueError):
        yield bytes.fromhex(word.decode())
    with contextlib.suppress(ValueError):
        yield base64.b64decode(word + b"=" * (-len(word) % 4), validate=True)


# In what place a row of each table with a seal stands; a table that is not here fails the test.
CONTEXTS = {
    ReporterIdentity: lambda row: identity_context(row.report_id),
    PayeeData: lambda row: payee_context(row.payment_id),
}


def sealed_rows() -> Iterator[tuple[SealedRow, str]]:
    """Every row of every table that keeps something sealed to the two groups, with its place."""
    models = [one.class_ for one in Base.registry.mappers]
    sealed = {one for one in models if {"wrap", "key_version"} <= set(one.__table__.columns.keys())}
    assert sealed == set(CONTEXTS), "say in what place a row of each sealed table stands"
    for model, context in CONTEXTS.items():
        for row in db.session.scalars(select(model)):
            yield row, context(row)


def seals() -> Iterator[tuple[bytes, str]]:
    """Everything sealed, each with the place it stands in, as a thief who reads the code knows."""
    session = db.session
    for row, context in sealed_rows():
        for group in CustodianGroup:
            yield row.wrap, f"sunline/sealed/1/{group}/{row.wrap_version}/{context}"
    given = select(Membership.sealed_group_key, GroupKey.custodian_group, GroupKey.version)
    joined = given.join(GroupKey, GroupKey.id == Membership.group_key_id)
    for sealed, group, version in session.execute(joined):
        yield sealed, f"sunline/membership/1/{group}/{version}"
    for one in session.scalars(select(Opening).where(Opening.inner_seal.is_not(None))):
        yield one.inner_seal, f"sunline/release/1/{one.id}"
    for one in session.scalars(select(PostKey)):
        yield one.sealed_private_key, f"sunline/post/1/{one.key_version}"
    for one in session.scalars(select(ReporterMail)):
        yield one.address, address_place(one.report_id)


class Thief:
    """Tries every key at every lock, and no key twice at the same: what was stolen grows."""

    def __init__(self) -> None:
        self._tried: set[tuple[bytes, bytes, str]] = set()

    def try_locks(self, found: set[bytes]) -> None:
        """No key that was found opens a seal, a sealed body or the post."""
        for key, seal, place in self._untried(found, seals()):
            with pytest.raises(EnvelopeBroken):
                unseal(seal, key, place)
        bodies = (
            (row.body, f"sunline/sealed/1/body/{row.key_version}/{context}")
            for row, context in sealed_rows()
        )
        for key, body, place in self._untried(found, bodies):
            with pytest.raises(EnvelopeBroken):
                ContentKey(key).decrypt_json(body, place)
        opened = db.session.scalar(select(PostKey.opened))
        for key in found if opened else ():
            with pytest.raises(InvalidTag):
                AESGCM(key).decrypt(opened[:12], opened[12:], b"sunline/post/1")

    def _untried(
        self, found: set[bytes], locks: Iterable[tuple[bytes, str]]
    ) -> Iterator[tuple[bytes, bytes, str]]:
        for key, (lock, place) in product(found, locks):
            if (key, lock, place) not in self._tried:
                self._tried.add((key, lock, place))
                yield key, lock, place


def demand_nothing_found_or_opened(thief: Thief, *canaries: str) -> None:
    """Neither the words in any disguise, nor a key that opens a seal, lie among the stolen."""
    everything = b"\0".join([*stored(), *files(), *environment()])
    assert found_in(everything, *(canaries or CANARIES)) == []
    keys_found = loot()
    server = {getattr(keys(), one.name) for one in fields(Keys)}
    assert server < keys_found
    elsewhere = b"\0".join(files("keys"))
    for secret in server:
        forms = (secret, secret.hex().encode(), base64.b64encode(secret))
        assert not any(form in elsewhere for form in forms), "the keys lie in their folder only"
    thief.try_locks(keys_found)


@pytest.mark.timeout(300)
@pytest.mark.requirement("F14")
@pytest.mark.requirement("G11")
@pytest.mark.requirement("T33")
def test_at_no_step_of_an_opening_do_the_stolen_things_open_anything(opening, post, caplog, capfd):
    report, thief = with_news(), Thief()
    demand_nothing_found_or_opened(thief)

    opening_id = opening.ask()
    opening.release(opening_id)
    demand_nothing_found_or_opened(thief)
    assert opening.read(opening_id) == {"phone": PHONE}
    demand_nothing_found_or_opened(thief)

    look_for_news(actor=Actor.system("clock"))
    tell_by_mail(report.id, actor=Actor.system("tell_by_mail"))
    demand_nothing_found_or_opened(thief)

    assert [message["To"] for message in post.messages] == [EMAIL]
    said = capfd.readouterr()
    assert found_in((said.out + said.err + caplog.text).encode(), *CANARIES) == []


def test_the_search_would_find_what_is_not_sealed(opening):
    """A test of the test: a word in the clear is found, in a row and in a file left lying about."""
    left = settings().var / "spool" / "left-lying"
    left.parent.mkdir(parents=True, exist_ok=True)
    left.write_text(f"copied for the meeting: {PHONE}")
    with pytest.raises(AssertionError):
        demand_nothing_found_or_opened(Thief())
    left.unlink()
    report = named_report()
    db.session.execute(
        text("UPDATE report SET close_reason = :name WHERE reference = :reference"),
        {"name": NAME, "reference": report.reference},
    )

    with pytest.raises(AssertionError):
        demand_nothing_found_or_opened(Thief())


def test_a_custodians_key_opens_with_the_passphrase_and_with_nothing_that_was_stolen(opening):
    custodian = db.session.scalar(
        select(Custodian).where(Custodian.account_id == opening.approver.id)
    )

    assert len(unlock_private(custodian.locked_private_key, PASSPHRASE, custodian.account_id)) == 32
    for key in loot():
        with pytest.raises(RuleBroken, match="passphrase-wrong"):
            unlock_private(custodian.locked_private_key, key.hex(), custodian.account_id)
