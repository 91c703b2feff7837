"""The place as its administration shows it: tables with one's own drafts, versions, changes."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from typing import Any, Final

from sqlalchemy import Select, select
from sqlalchemy.orm import Session, aliased

from portal.accounts.models import Account
from portal.infra.keyset import in_window
from portal.jurisdiction.candidate import Candidate, candidate_of, rebased, with_drafts
from portal.jurisdiction.change_models import PlaceChange
from portal.jurisdiction.changing import DRAFTS, list_drafts, newest_place
from portal.jurisdiction.guarded import ORDER, is_guarded
from portal.jurisdiction.models import PackVersion
from portal.jurisdiction.order import Moved, moved
from portal.jurisdiction.pack_diff import Difference, differences
from portal.jurisdiction.pack_shapes import Entry
from portal.jurisdiction.parts import PARTS, Part, Values, entries_of, find_row, get_part
from portal.jurisdiction.place import Place
from portal.jurisdiction.queries import current_version, standing_place
from portal.kernel.actor import Actor
from portal.kernel.errors import NotFound
from portal.kernel.page import Page, Window, page_of
from portal.triage.preview import Effect, effect_of

POSITION: Final = (int,)
# What a page shows of a version that changed very much.
MOST_LINES: Final = 500
MOST_CHANGES: Final = 50
# Earlier versions that a page leads to.
MOST_OFFERED: Final = 12


@dataclass(frozen=True, slots=True)
class TableLine:
    """A table: how many rows it has, and how many drafts the reader has on it."""

    part: str
    rows: int
    drafts: int


@dataclass(frozen=True, slots=True)
class RowLine:
    """A row of a table at its place; `draft` if it is new, changed or to be removed.

    `waits` says that the reader's draft of it waits for a second person.
    """

    number: int
    key: str
    entry: Entry[Any]
    draft: PlaceChange | None
    waits: bool
    is_last: bool


@dataclass(frozen=True, slots=True)
class VersionLine:
    """A version: who made it, when and why, and whether it holds, is planned or was withdrawn."""

    version: int
    made_at: datetime
    made_by: str | None
    confirmed_by: str | None
    reason: str
    starts_at: datetime
    withdrawn_at: datetime | None
    is_planned: bool

    @property
    def stands(self) -> bool:
        """Whether it holds, held or will hold."""
        return self.withdrawn_at is None


@dataclass(frozen=True, slots=True)
class ChangeLine:
    """A change of a row by field, with the version it came with (None for a draft)."""

    change: PlaceChange
    fields: tuple[tuple[str, Any, Any], ...]
    version: VersionLine | None = None

    @property
    def moves(self) -> Sequence[Moved]:
        """Which rows were moved, for a change of the order."""
        if self.change.key != ORDER:
            return ()
        before, after = self.change.before or {}, self.change.after or {}
        return list(moved(before.get("order", ()), after.get("order", ())))

    @property
    def is_guarded(self) -> bool:
        """Whether it takes two people."""
        return is_guarded(self.change)


@dataclass(frozen=True, slots=True)
class Overview:
    """The place at a glance."""

    current: int | None
    tables: tuple[TableLine, ...]
    drafts: int
    planned: tuple[VersionLine, ...]


@dataclass(frozen=True, slots=True)
class Review:
    """The reader's drafts, what is wrong with the place they make, and what would move."""

    base: Place
    lines: tuple[ChangeLine, ...]
    candidate: Candidate
    effect: Effect | None

    @property
    def needs_second(self) -> bool:
        """Whether publishing it takes two people."""
        return any(line.is_guarded for line in self.lines)

    @property
    def places(self) -> tuple[Place, Place]:
        """The place as it is, and as it would be."""
        return self.base, self.candidate.place or self.base


def overview_of(session: Session, actor: Actor) -> Overview:
    """The tables, the reader's drafts and the planned versions, in a fixed number of statements."""
    base, drafts = newest_place(session), list_drafts(session, actor)
    own = [change.part for change in drafts]
    tables = tuple(
        TableLine(name, len(rows), own.count(name))
        for name, rows in ((name, entries_of(base)[name]) for name in PARTS)
    )
    versions = list_versions(session, Window(limit=MOST_CHANGES)).items
    planned = tuple(line for line in versions if line.is_planned)
    return Overview(current_version(session), tables, len(drafts), planned)


def list_rows(
    session: Session, actor: Actor, part: Part, words: str, window: Window
) -> Page[RowLine]:
    """The rows with the reader's drafts, from the place in memory."""
    base = newest_place(session)
    mine = session.scalars(DRAFTS.where(PlaceChange.made_by == actor.id)).all()
    drafts = [change for change in mine if change.request_id is None]
    own = {change.key: change for change in drafts if change.part == part.name}
    waiting = {one.key for one in mine if one.part == part.name and one.request_id is not None}
    rows = {**entries_of(base)[part.name], **with_drafts(base, part, drafts)}
    order = list(with_drafts(base, part, drafts))
    order += [key for key in rows if own.get(key) is not None and own[key].after is None]
    lines = (
        RowLine(at, key, rows[key], own.get(key), key in waiting, at == len(order) - 1)
        for at, key in enumerate(order)
        if words.casefold() in f"{key} {_said(rows[key])}".casefold()
    )
    return page_of(_within(list(lines), window), window, lambda line: (line.number,))


def _within(lines: list[RowLine], window: Window) -> list[RowLine]:
    if window.key is None:
        return lines[: window.fetch]
    (at,) = window.key
    if window.backwards:
        before = [line for line in lines if line.number < int(str(at))]
        return before[::-1][: window.fetch]
    return [line for line in lines if line.number > int(str(at))][: window.fetch]


def _said(entry: Entry[Any]) -> str:
    return f"{plain_name(entry, 'zh')} {plain_name(entry, 'en')}"


def plain_name(entry: Entry[Any], language: str) -> str:
    """The name that a row has, or else its sentence."""
    english = language.startswith("en")
    said = getattr(entry.row, "name", None) or getattr(entry.row, "sentence", None)
    if said is None or isinstance(said, str):
        return str((english and getattr(entry.row, "name_en", None)) or said or "")
    return str(said.text().in_(language))


def find_row_as_drafted(session: Session, actor: Actor, part: Part, key: str) -> Values | None:
    """A row with the reader's draft; None if that removes it. NotFound if there is no such row.

    Of a draft that somebody overtook, the fields that the reader has drafted stand in their row.
    """
    base, drafts = newest_place(session), list_drafts(session, actor)
    own = next((one for one in drafts if (one.part, one.key) == (part.name, key)), None)
    now = find_row(base, part, key)
    if own is not None and own.before and own.after and now and now != own.before:
        return rebased(own, now)
    entry = with_drafts(base, part, drafts).get(key)
    if entry is None and key not in entries_of(base)[part.name]:
        raise NotFound("place-row")
    return None if entry is None else part.normal(entry.row)


def row_in(session: Session, part: Part, key: str, version: int) -> Values:
    """A row as a version had it; NotFound if it had none, or was withdrawn."""
    row = find_row(standing_place(session, version), part, key)
    if row is None:
        raise NotFound("place-row")
    return row


def get_row(session: Session, actor: Actor, part: Part, key: str) -> Values:
    """A row with the reader's draft, to be changed; NotFound if there is none."""
    row = find_row_as_drafted(session, actor, part, key)
    if row is None:
        raise NotFound("place-row")
    return row


def review_of(session: Session, actor: Actor) -> Review:
    """The actor's drafts with everything that has to be known before they are published."""
    return review_of_drafts(session, list_drafts(session, actor))


def review_of_drafts(session: Session, drafts: Sequence[PlaceChange]) -> Review:
    """The same for anybody's drafts."""
    base = newest_place(session)
    candidate = candidate_of(base, drafts)
    routes = any(get_part(change.part).routes for change in drafts)
    effect = None
    if candidate.place and routes:
        effect = effect_of(session, candidate.place, base=base)
    return Review(base, tuple(map(_line, drafts)), candidate, effect)


def _line(change: PlaceChange, version: VersionLine | None = None) -> ChangeLine:
    return ChangeLine(change, tuple(_fields(change.before or {}, change.after or {})), version)


def _fields(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[tuple[str, Any, Any]]:
    for name in {**before, **after}:
        old, new = before.get(name), after.get(name)
        if old != new and not (old in _NOTHING and new in _NOTHING):
            yield name, old, new


_NOTHING: Final[tuple[Any, ...]] = (None, "", [], {})


def find_planned(session: Session) -> VersionLine | None:
    """The newest version if it has not started: pages show it, and changes are drafted on it."""
    stands = _versions().where(PackVersion.withdrawn_at.is_(None))
    row = session.execute(stands.order_by(PackVersion.version.desc()).limit(1)).first()
    newest = None if row is None else _version(*row)
    return newest if newest is not None and newest.is_planned else None


def list_versions(session: Session, window: Window) -> Page[VersionLine]:
    """All versions, the newest first."""
    newest = in_window(_versions(), window, PackVersion.version, newest_first=True)
    rows = session.execute(newest).all()
    page = page_of(rows, window, lambda row: (row.PackVersion.version,))
    return Page(
        tuple(_version(*row) for row in page.items),
        page.after,
        page.before,
    )


def _versions() -> Select[PackVersion, str, str]:
    second = aliased(Account)
    return (
        select(PackVersion, Account.display_name, second.display_name.label("second_name"))
        .outerjoin(Account, Account.id == PackVersion.loaded_by)
        .outerjoin(second, second.id == PackVersion.confirmed_by)
    )


def _version(kept: PackVersion, made_by: str | None, second: str | None) -> VersionLine:
    is_planned = kept.withdrawn_at is None and not kept.has_started(datetime.now(UTC))
    return VersionLine(
        kept.version,
        kept.loaded_at,
        made_by,
        second,
        kept.reason,
        kept.starts_at,
        kept.withdrawn_at,
        is_planned,
    )


def get_version(session: Session, version: int) -> VersionLine:
    """A version by its number; NotFound if there is none."""
    row = session.execute(_versions().where(PackVersion.version == version)).first()
    if row is None:
        raise NotFound("pack-version")
    return _version(*row)


def changes_in(session: Session, version: VersionLine) -> Sequence[ChangeLine]:
    """What was changed on the desk in a version."""
    changes = select(PlaceChange).where(PlaceChange.version == version.version)
    ordered = changes.order_by(PlaceChange.made_at, PlaceChange.id)
    return [_line(change) for change in session.scalars(ordered)]


def differences_in(session: Session, version: VersionLine) -> Sequence[Difference]:
    """What a pack that was loaded changed of the version before; nothing for the first one."""
    before = select(PackVersion.version).where(
        PackVersion.version < version.version, PackVersion.withdrawn_at.is_(None)
    )
    last = session.scalar(before.order_by(PackVersion.version.desc()).limit(1))
    if last is None or version.withdrawn_at is not None:
        return ()
    return differences_between(session, last, version.version)


def differences_between(session: Session, old: int, new: int) -> Sequence[Difference]:
    """What one version changes of another; NotFound for one that is not there or withdrawn."""
    found = differences(standing_place(session, old), standing_place(session, new))
    return list(islice(found, MOST_LINES))


def versions_before(session: Session, version: int | None = None) -> Sequence[int]:
    """The numbers of the last few versions that stand, the newest first."""
    number = PackVersion.version
    stands = select(number).where(PackVersion.withdrawn_at.is_(None))
    if version is not None:
        stands = stands.where(number != version)
    return session.scalars(stands.order_by(number.desc()).limit(MOST_OFFERED)).all()


def history_of(session: Session, part: Part, key: str) -> Sequence[ChangeLine]:
    """Who changed a row on the desk, when and why, the newest first."""
    asked = (
        _versions()
        .add_columns(PlaceChange)
        .join(PlaceChange, PlaceChange.version == PackVersion.version)
        .where(PlaceChange.part == part.name, PlaceChange.key == key)
        .order_by(PlaceChange.version.desc())
        .limit(MOST_CHANGES)
    )
    return [
        _line(row.PlaceChange, _version(row.PackVersion, row.display_name, row.second_name))
        for row in session.execute(asked)
    ]
