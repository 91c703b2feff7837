"""Blind index: staff find encrypted texts by what is in them, the database learns no words.

The index holds, for each text, the HMAC of every pair of neighbouring Chinese characters, of
every Latin word and of every sign. A query becomes the same tokens; what the index returns are
candidates, which the caller decrypts and checks with `matches` before anything is shown.
Whoever has the database without the key learns how often tokens occur, and nothing of order.
"""

import hmac
import json
import re
import unicodedata
from base64 import b32encode
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import pairwise
from typing import Any, Final, TypeVarTuple
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Column,
    CompoundSelect,
    Connection,
    Integer,
    LargeBinary,
    MetaData,
    Result,
    Select,
    String,
    Table,
    Uuid,
    any_,
    cast,
    column,
    delete,
    exists,
    func,
    insert,
    literal_column,
    select,
    table,
    text,
    type_coerce,
    update,
)
from sqlalchemy.dialects import postgresql
from sqlalchemy.orm import Session
from sqlalchemy.sql import ColumnElement

from portal.infra.config import settings
from portal.infra.keys import keys
from portal.kernel.errors import NotFound

Ts = TypeVarTuple("Ts")

# All tables of the index have this prefix and are not part of the models' metadata.
TABLE_PREFIX: Final = "search_"
SHORTEST_QUERY: Final = 2
LONGEST_QUERY: Final = 200

# Up to so many records in scope, it is faster to look at each than to ask the index.
SMALL_SCOPE: Final = 4000
# PostgreSQL: a common word has enough matches among so many of the newest.
NEWEST: Final = 2500

_TOKEN_BYTES: Final = 5
_CJK: Final = (
    r"\u2e80-\u2fdf\u3005-\u3007\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af"
    r"\uf900-\ufaff\U00020000-\U0003ffff"
)
_PIECES: Final = re.compile(rf"([{_CJK}]+)|((?:(?![{_CJK}])[^\W_])+)|(\S)")
_BROKEN_LINE: Final = re.compile(rf"(?<=[{_CJK}])\s*\n\s*(?=[{_CJK}])")

_ENTRY: Final = Table(
    "search_entry",
    MetaData(),
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("subject_id", Uuid, nullable=False, unique=True),
    # SQLite: 5 bytes a token, sorted, needed to take a text out of the contentless FTS5 table.
    Column(
        "tokens", LargeBinary().with_variant(postgresql.TSVECTOR(), "postgresql"), nullable=False
    ),
)
_SQLITE_INDEX: Final = (
    "CREATE VIRTUAL TABLE search_fts USING fts5"
    "(tokens, content='', detail=none, columnsize=0, tokenize='ascii')"
)
_POSTGRESQL_INDEX: Final = "CREATE INDEX search_entry_tokens ON search_entry USING gin (tokens)"
_FTS_ADD: Final = text("INSERT INTO search_fts(rowid, tokens) VALUES (:id, :words)")
_FTS_REMOVE: Final = text(
    "INSERT INTO search_fts(search_fts, rowid, tokens) VALUES ('delete', :id, :words)"
)

_FTS: Final = table("search_fts", column("rowid", Integer))

Scope = Select[UUID] | CompoundSelect[UUID]


@dataclass(frozen=True, slots=True)
class _Ask:
    """One search: all of `macs`, the newest `limit` below the place `below`, inside `within`."""

    macs: Sequence[bytes]
    limit: int
    below: int | None
    within: Scope | None

    def below_only(self, rows: Select[*Ts], place: ColumnElement[int]) -> Select[*Ts]:
        """Leave out of `rows` what stood on the pages before."""
        return rows if self.below is None else rows.where(place < self.below)


def create_search_tables(bind: Connection) -> None:
    """Create the index in the database of `bind`; for the migration that introduces it."""
    _ENTRY.create(bind)
    on_sqlite = bind.dialect.name == "sqlite"
    bind.exec_driver_sql(_SQLITE_INDEX if on_sqlite else _POSTGRESQL_INDEX)


def drop_search_tables(bind: Connection) -> None:
    """Remove what `create_search_tables` made."""
    if bind.dialect.name == "sqlite":
        bind.exec_driver_sql("DROP TABLE search_fts")
    _ENTRY.drop(bind)


def fold(original: str) -> str:
    """Return `original` as it is compared: one form for full-width, case, traditional and hidden.

    Characters are mapped one by one (OpenCC's table without its phrases), so that a part of a
    text folds to a part of the folded text.
    """
    composed = unicodedata.normalize("NFKC", original).casefold()
    visible = "".join(c for c in composed if unicodedata.category(c) != "Cf")
    simplified = unicodedata.normalize("NFKC", visible).translate(_simplified())
    return _BROKEN_LINE.sub("", simplified)


def matches(original: str, query: str) -> bool:
    """Whether every term of `query` (split at spaces) is in `original`; empty matches nothing."""
    terms = fold(query).split()
    folded = fold(original)
    return bool(terms) and all(term in folded for term in terms)


def is_searchable(query: str) -> bool:
    """Whether `query` has a word of two characters or a sign: what the index can find."""
    return len(query) <= LONGEST_QUERY and any(_pieces(query))


def index_text(session: Session, subject_id: UUID, original: str) -> None:
    """Make `subject_id` findable by `original`, instead of by what was indexed before.

    Does nothing but forget if the site has narrative search switched off.
    """
    macs = sorted(_macs(original)) if settings().narrative_search else []
    if not macs:
        erase(session, subject_id)
    elif _on_sqlite(session):
        _index_on_sqlite(session, subject_id, macs)
    else:
        _index_on_postgresql(session, subject_id, macs)


def erase(session: Session, subject_id: UUID) -> None:
    """Forget every token of `subject_id`; one that was never indexed is no error."""
    if _on_sqlite(session):
        _forget_on_sqlite(session, subject_id)
    session.execute(delete(_ENTRY).where(_ENTRY.c.subject_id == subject_id))


def candidates(
    session: Session,
    query: str,
    limit: int,
    before: UUID | None = None,
    within: Scope | None = None,
) -> Sequence[UUID]:
    """Return up to `limit` subjects that may match `query`, the newest indexed first.

    `before` is the last subject of the page before (NotFound if it is no longer there); `within`
    selects the ids of what the caller may see. A query that is not searchable finds nothing.
    """
    if not settings().narrative_search or not is_searchable(query):
        return []
    below = None if before is None else _position(session, before)
    ask = _Ask(sorted(_macs(query)), limit, below, within)
    find = _find_on_sqlite if _on_sqlite(session) else _find_on_postgresql
    return find(session, ask)


# --- text to tokens -------------------------------------------------------------------------


@cache
def _simplified() -> dict[int, str]:
    """OpenCC's table of single characters, traditional to simplified; read at first use."""
    table = (files("opencc") / "dictionary" / "TSCharacters.txt").read_text(encoding="utf-8")
    pairs = (line.split("\t") for line in table.splitlines() if "\t" in line)
    return {ord(one): several.split(" ")[0] for one, several in pairs if len(one) == 1}


def _pieces(original: str) -> Iterator[str]:
    """Every pair of neighbouring CJK characters, every other word of two or more, every sign."""
    for cjk, word, sign in _PIECES.findall(fold(original)):
        if cjk:
            yield from (one + other for one, other in pairwise(cjk))
        elif len(word) >= SHORTEST_QUERY or sign:
            yield word or sign


def _macs(original: str) -> set[bytes]:
    key = keys().index
    return {
        hmac.digest(key, piece.encode("utf-8", "surrogatepass"), "sha256")[:_TOKEN_BYTES]
        for piece in set(_pieces(original))
    }


def _words(macs: Sequence[bytes]) -> list[str]:
    """Tokens as the databases index them: 8 characters a-z, 2-7, whatever was in the text."""
    return [b32encode(mac).decode().lower() for mac in macs]


# --- both databases -------------------------------------------------------------------------


def _on_sqlite(session: Session) -> bool:
    return session.get_bind().dialect.name == "sqlite"


def _position(session: Session, subject_id: UUID) -> int:
    found = session.scalar(select(_ENTRY.c.id).where(_ENTRY.c.subject_id == subject_id))
    if found is None:
        raise NotFound("search-page")
    return int(found)


def _is_within(scope: Scope, subject_id: ColumnElement[UUID]) -> ColumnElement[bool]:
    allowed = scope.subquery()
    return exists().where(allowed.c[0] == subject_id)


def _few(session: Session, scope: Scope | None) -> Sequence[UUID] | None:
    """All of a small scope, or None: to start from few records beats starting from a word."""
    if scope is None:
        return None
    some = session.scalars(scope.order_by(None).limit(SMALL_SCOPE + 1)).all()
    return some if len(some) <= SMALL_SCOPE else None


# --- SQLite: FTS5 without content -----------------------------------------------------------


def _split(tokens: bytes) -> list[bytes]:
    return [tokens[at : at + _TOKEN_BYTES] for at in range(0, len(tokens), _TOKEN_BYTES)]


def _forget_on_sqlite(session: Session, subject_id: UUID) -> int | None:
    """Take a text out of the full-text table; return its place, which a new text may keep."""
    row = session.execute(
        select(_ENTRY.c.id, _ENTRY.c.tokens).where(_ENTRY.c.subject_id == subject_id)
    ).first()
    if row is None:
        return None
    session.execute(_FTS_REMOVE, {"id": row.id, "words": " ".join(_words(_split(row.tokens)))})
    return int(row.id)


def _index_on_sqlite(session: Session, subject_id: UUID, macs: Sequence[bytes]) -> None:
    tokens = b"".join(macs)
    place = _forget_on_sqlite(session, subject_id)
    if place is None:
        added = insert(_ENTRY).values(subject_id=subject_id, tokens=tokens).returning(_ENTRY.c.id)
        place = session.scalar(added)
    else:
        session.execute(update(_ENTRY).where(_ENTRY.c.id == place).values(tokens=tokens))
    session.execute(_FTS_ADD, {"id": place, "words": " ".join(_words(macs))})


def _find_on_sqlite(session: Session, ask: _Ask) -> Sequence[UUID]:
    few = _few(session, ask.within)
    if few is not None:
        return _look_at_each_on_sqlite(session, ask, few)
    page = (
        ask.below_only(select(_ENTRY.c.subject_id), _FTS.c.rowid)
        .join(_FTS, _FTS.c.rowid == _ENTRY.c.id)
        .where(literal_column("search_fts").match(" ".join(_words(ask.macs))))
        .order_by(_FTS.c.rowid.desc())
        .limit(ask.limit)
    )
    if ask.within is not None:
        page = page.where(_is_within(ask.within, _ENTRY.c.subject_id))
    return session.scalars(page).all()


def _look_at_each_on_sqlite(session: Session, ask: _Ask, few: Sequence[UUID]) -> Sequence[UUID]:
    # One parameter however many ids; sorted here, or SQLite would walk all entries in order.
    ids = func.json_each(json.dumps([subject_id.hex for subject_id in few])).table_valued("value")
    rows: Result[UUID, int, bytes] = session.execute(
        ask.below_only(
            select(_ENTRY.c.subject_id, _ENTRY.c.id, _ENTRY.c.tokens), _ENTRY.c.id
        ).where(type_coerce(_ENTRY.c.subject_id, String).in_(select(ids.c.value)))
    )
    found = [(row.id, row.subject_id) for row in rows if _holds(row.tokens, ask.macs)]
    found.sort(reverse=True)
    return [subject_id for _, subject_id in found[: ask.limit]]


def _holds(tokens: bytes, macs: Sequence[bytes]) -> bool:
    """Whether every one of `macs` is among `tokens`; most are ruled out without splitting."""
    return all(mac in tokens for mac in macs) and set(macs).issubset(_split(tokens))


# --- PostgreSQL: tsvector with GIN ----------------------------------------------------------


def _index_on_postgresql(session: Session, subject_id: UUID, macs: Sequence[bytes]) -> None:
    tokens: Any = func.array_to_tsvector(cast(_words(macs), postgresql.ARRAY(postgresql.TEXT)))
    added = postgresql.insert(_ENTRY).values(subject_id=subject_id, tokens=tokens)
    session.execute(
        added.on_conflict_do_update(
            index_elements=[_ENTRY.c.subject_id], set_={"tokens": added.excluded.tokens}
        )
    )


def _find_on_postgresql(session: Session, ask: _Ask) -> Sequence[UUID]:
    # A plan made without knowing the word takes 88 ms where one made for it takes 0.2.
    session.execute(text("SET LOCAL plan_cache_mode = force_custom_plan"))
    few = _few(session, ask.within)
    matching = ask.below_only(select(_ENTRY.c.id, _ENTRY.c.subject_id), _ENTRY.c.id).where(
        _has(_ENTRY.c.tokens, ask)
    )
    if few is not None:
        return _page(session, ask, matching.where(_ENTRY.c.subject_id == any_(_array(few))))
    newest = (
        ask.below_only(select(_ENTRY), _ENTRY.c.id)
        .order_by(_ENTRY.c.id.desc())
        .limit(NEWEST)
        .subquery()
    )
    common = select(newest.c.id, newest.c.subject_id).where(_has(newest.c.tokens, ask))
    found = _page(session, ask, common)
    if len(found) == ask.limit:
        return found
    # The word is rare: let the index find all of its matches, then sort them. Left to itself,
    # the planner may walk all entries in order instead.
    return _page(session, ask, matching, first="MATERIALIZED")


def _page(
    session: Session, ask: _Ask, rows: Select[Any], *, first: str = "NOT MATERIALIZED"
) -> Sequence[UUID]:
    """The newest of `rows` within the scope."""
    entries = rows.cte("entries").prefix_with(first)
    page = select(entries.c.subject_id).order_by(entries.c.id.desc()).limit(ask.limit)
    if ask.within is not None:
        page = page.where(_is_within(ask.within, entries.c.subject_id))
    return session.scalars(page).all()


def _array(few: Sequence[UUID]) -> ColumnElement[Any]:
    return cast(list(few), postgresql.ARRAY(Uuid()))


def _has(tokens: ColumnElement[Any], ask: _Ask) -> ColumnElement[bool]:
    query = cast(" & ".join(_words(ask.macs)), postgresql.TSQUERY)
    return tokens.op("@@", is_comparison=True)(query)
