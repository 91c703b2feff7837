"""What the signed checkpoints of the trail say of the ledger of erasures: how long it was.

The chain of the ledger shows a line that was altered, and not an end that was cut off. The newest
checkpoint names its length and the hash of its last line; a ledger that does not have that line
any more has lost its end, or is an older copy.
"""

from typing import Final

from sqlalchemy.orm import Session

from portal.audit.checkpoints import find_newest
from portal.custody.queries import list_groups
from portal.infra.erasures import Head, LedgerBroken, demand_goes_on, heads_of

NAME: Final = "erasures"


def beside_trail(session: Session) -> list[str]:
    """What a checkpoint says beside the trail: the keys of the groups, the head of the ledger."""
    return as_said(session, _head_to_sign(session))


def as_said(session: Session, head: Head | None) -> list[str]:
    """The keys of the groups and this head, as a checkpoint has them."""
    prints = [f"{group.group}:{group.fingerprint}" for group in list_groups(session)]
    return [*prints, *([f"{NAME}:{head.lines}:{head.hash}"] if head else [])]


def find_anchor(session: Session) -> Head | None:
    """The head of the ledger by the newest checkpoint; None for one from before there were any."""
    said = find_newest(session)
    for word in said.fingerprints if said else ():
        name, _colon, rest = word.partition(":")
        if name == NAME:
            lines, _colon, digest = rest.partition(":")
            return Head(int(lines), digest)
    return None


def demand_whole(session: Session) -> None:
    """Raise LedgerCutOff if the ledger has lost its end since the newest checkpoint."""
    anchor = find_anchor(session)
    if anchor is not None:
        demand_goes_on(anchor)


def _head_to_sign(session: Session) -> Head | None:
    """The head of now; as long as the ledger has lost that of before, that: it stays missed."""
    before = find_anchor(session)
    try:
        if before is not None:
            demand_goes_on(before)
        return heads_of()[-1]
    except LedgerBroken:
        return before
