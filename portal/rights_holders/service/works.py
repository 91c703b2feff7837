"""The register of works: entered one by one, or a sheet at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import delete, select

from portal.audit.trail import record
from portal.evidence import service as evidence
from portal.evidence.holding import hold_file
from portal.evidence.queries import OpenedFile
from portal.infra.uow import UnitOfWork, unit_of_work
from portal.kernel.actor import Actor
from portal.kernel.errors import MoveRefused, NotFound, RuleBroken
from portal.rights_holders.models import (
    Organisation,
    OrganisationFile,
    Work,
    WorkFile,
    WorkIdentifier,
    WorkVersion,
)
from portal.rights_holders.queries.own import demand_speaking, get_own
from portal.rights_holders.queries.works import (
    count_versions,
    get_own_work,
    known_identifiers,
    known_works,
)
from portal.rights_holders.rules.works import WorkEntry, WorkKind, fold_title
from portal.rights_holders.service.requests import Once, note_result

MOST_WORKS = 50_000


@dataclass(frozen=True, slots=True)
class EnterWorks:
    """Works for the register; `files` are kept already, and prove the right in all of them."""

    number: str
    entries: tuple[WorkEntry, ...]
    files: tuple[UUID, ...] = ()
    once: Once | None = None


@dataclass(frozen=True, slots=True)
class ProveWork:
    """Files that prove the right in a work; they are kept already."""

    number: str
    work: int
    files: tuple[UUID, ...]
    once: Once | None = None


@dataclass(frozen=True, slots=True)
class Entered:
    """How many works are new, how many were in the register before, and the number of the last."""

    new: int
    known: int
    last: int


def enter_works(command: EnterWorks, *, actor: Actor) -> Entered:
    """Enter works; one whose identifier, or kind and title, is there already is not doubled.

    New proof is kept for those too. Raises RuleBroken for an identifier of two works, and for
    more works than a register holds.
    """
    with unit_of_work(actor) as uow:
        organisation, _own = get_own(uow.session, command.number, actor, lock=True)
        for file in command.files:
            hold_file(uow, file)
        known = _Register(uow, organisation)
        before = known.count
        works = [known.enter(entry) for entry in command.entries]
        uow.session.flush()
        _prove(uow, works, command.files)
        details = {"works": known.count - before, "files": len(command.files)}
        record(uow, "organisation.enter-works", "organisation", organisation.id, **details)
        last = uow.session.get_one(Work, works[-1]).number if works else 0
        note_result(uow, command.once, last)
        return Entered(known.count - before, len(works) - (known.count - before), last)


def prove_work(command: ProveWork, *, actor: Actor) -> int:
    """Add proof to a work; return its number. NotFound for a work of others."""
    with unit_of_work(actor) as uow:
        organisation, _own = get_own(uow.session, command.number, actor, lock=True)
        work = get_own_work(uow.session, organisation.id, command.work)
        for file in command.files:
            hold_file(uow, file)
        _prove(uow, [work.id], command.files)
        details = {"works": 0, "files": len(command.files)}
        record(uow, "organisation.enter-works", "organisation", organisation.id, **details)
        note_result(uow, command.once, work.number)
        return work.number


@dataclass(frozen=True, slots=True)
class ChangeWork:
    """What the register shall say of a work; `seen` is how often it had been changed before."""

    number: str
    work: int
    entry: WorkEntry
    files: tuple[UUID, ...] = ()
    seen: int | None = None


def change_work(command: ChangeWork, *, actor: Actor) -> None:
    """Put a work right; what the register said before is kept, and so are complaints about it.

    Raises MoveRefused if somebody changed it meanwhile, RuleBroken for an identifier or a title of
    another work, NotPermitted for whoever only files.
    """
    with unit_of_work(actor) as uow:
        organisation, own = get_own(uow.session, command.number, actor, lock=True)
        demand_speaking(own)
        work = get_own_work(uow.session, organisation.id, command.work)
        earlier = count_versions(uow.session, work)
        if command.seen is not None and command.seen != earlier:
            raise MoveRefused("changed-meanwhile", subject="work", state="")
        register = _Register(uow, organisation)
        register.keep(work, earlier + 1)
        register.rewrite(work, command.entry)
        for file in command.files:
            hold_file(uow, file)
        uow.session.flush()
        _prove(uow, [work.id], command.files)
        record(uow, "organisation.change-work", "organisation", organisation.id, work=work.number)


def open_own_proof(number: str, work: int | None, file: UUID, *, actor: Actor) -> OpenedFile:
    """Open a proof again that one's own organisation handed in, of a work or of itself.

    NotFound for any other file; that it was opened, and by whom, is in the custody of the file.
    """
    with unit_of_work(actor) as uow:
        organisation, own = get_own(uow.session, number, actor)
        demand_speaking(own)
        if work is None:
            link = uow.session.get(OrganisationFile, file)
            found = link is not None and link.organisation_id == organisation.id
        else:
            entry = get_own_work(uow.session, organisation.id, work)
            found = uow.session.get(WorkFile, (entry.id, file)) is not None
        if not found:
            raise NotFound("file")
        return evidence.open_original(uow, file, organisation.number)


class _Register:
    """The register of an organisation while works are entered into it."""

    def __init__(self, uow: UnitOfWork, organisation: Organisation) -> None:
        if uow.actor.id is None:
            raise NotFound("account")
        self.uow, self.organisation, self.author = uow, organisation, uow.actor.id
        works = known_works(uow.session, organisation.id)
        self.count = len(works)
        self.by_identifier = dict(known_identifiers(uow.session, organisation.id))
        self.by_title = _by_title(uow, organisation)

    def enter(self, entry: WorkEntry) -> UUID:
        """The id of the work in the register, a new one if there was none."""
        keys = [f"{scheme}:{value}" for scheme, value in entry.identifiers.items()]
        title = (entry.kind, fold_title(entry.title))
        same = {self.by_identifier[key] for key in keys if key in self.by_identifier}
        same |= {self.by_title[title]} if title in self.by_title and not same else set()
        if len(same) > 1:
            raise RuleBroken("identifiers-of-two-works")
        work_id = same.pop() if same else self._new(entry)
        for key, (scheme, value) in zip(keys, entry.identifiers.items(), strict=True):
            if key not in self.by_identifier:
                self.by_identifier[key] = work_id
                self.uow.session.add(
                    WorkIdentifier(
                        organisation_id=self.organisation.id,
                        scheme=scheme,
                        value=value,
                        work_id=work_id,
                    )
                )
        return work_id

    def _new(self, entry: WorkEntry) -> UUID:
        title = (entry.kind, fold_title(entry.title))
        if self.count >= MOST_WORKS:
            raise RuleBroken("too-many-works")
        if title in self.by_title:  # another work of the same title and kind: its number differs
            title = (entry.kind, f"{title[1]}:{':'.join(entry.identifiers.values())}")
        self.organisation.works += 1
        self.count += 1
        work = Work(
            organisation_id=self.organisation.id,
            number=self.organisation.works,
            title=entry.title,
            folded=title[1],
            kind=entry.kind,
            author=entry.author,
            sellers=list(entry.sellers),
            entered_at=self.uow.now,
            entered_by=self.author,
        )
        self.uow.insert(work)
        self.by_title[title] = work.id
        return work.id

    def keep(self, work: Work, number: int) -> None:
        """Keep what the register says of a work until now."""
        rows = self.uow.session.execute(
            select(WorkIdentifier.scheme, WorkIdentifier.value).where(
                WorkIdentifier.work_id == work.id
            )
        )
        earlier = WorkVersion(
            work_id=work.id,
            number=number,
            title=work.title,
            kind=work.kind,
            author=work.author,
            sellers=list(work.sellers),
            identifiers={str(scheme): value for scheme, value in rows},
            ended_at=self.uow.now,
            ended_by=self.author,
        )
        self.uow.session.add(earlier)

    def rewrite(self, work: Work, entry: WorkEntry) -> None:
        """What the register says of it from now on."""
        folded = fold_title(entry.title)
        same = self.by_title.get((entry.kind, folded))
        keys = [f"{scheme}:{value}" for scheme, value in entry.identifiers.items()]
        owners = {self.by_identifier[key] for key in keys if key in self.by_identifier}
        if same not in {None, work.id} or owners - {work.id}:
            raise RuleBroken("work-is-another")
        work.title, work.folded, work.kind = entry.title, folded, entry.kind
        work.author, work.sellers = entry.author, list(entry.sellers)
        gone = delete(WorkIdentifier).where(WorkIdentifier.work_id == work.id)
        self.uow.session.execute(gone.execution_options(synchronize_session="fetch"))
        for scheme, value in entry.identifiers.items():
            self.uow.session.add(
                WorkIdentifier(
                    organisation_id=self.organisation.id,
                    scheme=scheme,
                    value=value,
                    work_id=work.id,
                )
            )


def _by_title(uow: UnitOfWork, organisation: Organisation) -> dict[tuple[WorkKind, str], UUID]:
    rows = uow.session.query(Work.kind, Work.folded, Work.id).filter(
        Work.organisation_id == organisation.id
    )
    return {(kind, folded): work for kind, folded, work in rows}


def _prove(uow: UnitOfWork, works: Sequence[UUID], files: Sequence[UUID]) -> None:
    links = [WorkFile(work_id=work, evidence_id=file) for work in set(works) for file in files]
    if links:
        uow.insert(*links)
