"""Complaints: typed one by one, sent in sheets, mended, declared, withdrawn.

A complaint is filed once it has what the place demands and what is declared was declared.
"""

import hmac
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

from sqlalchemy import select, update

from portal.audit.trail import advance, record
from portal.evidence.holding import hold_file
from portal.infra.keys import keys
from portal.infra.tasks import TaskKind
from portal.infra.uow import UnitOfWork, unit_of_work
from portal.infra.vault import ContentKey
from portal.kernel.actor import Actor
from portal.kernel.errors import MoveRefused, NotFound
from portal.rights_holders.known import completed_by, known_to
from portal.rights_holders.models import (
    Complaint,
    ComplaintFile,
    ComplaintSheet,
    Organisation,
    complaint_context,
)
from portal.rights_holders.queries.complaints import cells_of, files_of, find_own, get_sheet
from portal.rights_holders.queries.own import demand_verified, get_own, key_of
from portal.rights_holders.rules.complaints import Checked, ComplaintField, Known, check
from portal.rights_holders.rules.problems import Fault, Problem
from portal.rights_holders.rules.sheets import Sheet
from portal.rights_holders.service.files import demand_room_in, take_sent
from portal.rights_holders.service.filing import file_now
from portal.rights_holders.service.requests import Once, note_result
from portal.rights_holders.states import ComplaintAction, ComplaintState

_AT_ONCE: Final = 500
# What counts as filed before: what was withdrawn or has lapsed may come again.
_STANDING: Final = (ComplaintState.READY, ComplaintState.FILED)
_WAITING: Final = (ComplaintState.READY, ComplaintState.NEEDS_INFORMATION)


@dataclass(frozen=True, slots=True)
class FileComplaint:
    """One complaint as it was typed and declared; its files are kept already, or sent ahead."""

    number: str
    cells: Mapping[str, str] = field(repr=False)
    language: str
    files: tuple[UUID, ...] = ()
    sent: tuple[int, ...] = ()
    once: Once | None = None


@dataclass(frozen=True, slots=True)
class MendComplaint:
    """The same for a complaint that is there, as it was seen."""

    number: str
    complaint: int
    cells: Mapping[str, str] = field(repr=False)
    files: tuple[UUID, ...] = ()
    seen_version: int | None = None


@dataclass(frozen=True, slots=True)
class AddFiles:
    """Files that were sent ahead, for a complaint that waits for what is missing."""

    number: str
    complaint: int
    sent: tuple[int, ...]
    once: Once | None = None


@dataclass(frozen=True, slots=True)
class SendSheet:
    """A sheet that was read."""

    number: str
    sheet: Sheet = field(repr=False)
    language: str
    once: Once | None = None


def file_complaint_now(command: FileComplaint, *, actor: Actor) -> int:
    """Take in a complaint and file it at once if it is complete; return its number.

    What is incomplete waits for what is missing; what was filed before is not filed again.
    """
    with unit_of_work(actor) as uow:
        organisation, _own = get_own(uow.session, command.number, actor, lock=True)
        demand_verified(organisation)
        known = known_to(uow.session, organisation)
        desk = _Desk(uow, organisation, known, command.language)
        checked = check(command.cells, known, own_files=bool(command.files or command.sent))
        complaint = desk.new(command.cells, checked, desk.earlier([checked]))
        complaint.declared_at = uow.now
        uow.session.add(complaint)
        uow.session.flush()
        _keep_files(uow, complaint, command.files)
        take_sent(uow, organisation, complaint, command.sent)
        record(uow, "complaint.receive", "complaint", complaint.id, after=complaint.state)
        if complaint.state is ComplaintState.READY:
            file_now(uow, organisation, [complaint])
        note_result(uow, command.once, complaint.number)
        return complaint.number


def send_sheet(command: SendSheet, *, actor: Actor) -> int:
    """Take in all rows of a sheet, right or wrong; return the number of the sheet.

    Rows with the number of a complaint mend that one. Nothing is filed before `declare_sheet`.
    """
    with unit_of_work(actor) as uow:
        organisation, _own = get_own(uow.session, command.number, actor, lock=True)
        demand_verified(organisation)
        sheet = _new_sheet(uow, organisation, command)
        known = known_to(uow.session, organisation)
        desk = _Desk(uow, organisation, known, command.language, sheet)
        checked = [(row, check(row.cells, known)) for row in command.sheet.rows]
        earlier = desk.earlier(one for _row, one in checked)
        desk.look_up(row.cells.get(ComplaintField.NUMBER, "") for row in command.sheet.rows)
        rows = []
        for row, one in checked:
            if row.cells.get(ComplaintField.NUMBER):
                rows += desk.mend_by_row(row.number, row.cells, one, earlier)
            else:
                rows.append(desk.new(row.cells, one, earlier, row.number))
        if rows:
            uow.insert(*rows)
        record(uow, "complaint.send-sheet", "complaint_sheet", sheet.id, rows=sheet.rows)
        note_result(uow, command.once, sheet.number)
        return sheet.number


def declare_sheet(number: str, sheet_number: int, *, actor: Actor) -> int:
    """Declare what the place has declared, and have each complete row filed; return how many.

    A second press of the button files nothing again.
    """
    with unit_of_work(actor) as uow:
        organisation, _own = get_own(uow.session, number, actor, lock=True)
        demand_verified(organisation)
        sheet = get_sheet(uow.session, organisation, sheet_number)
        if sheet.declared_at is not None:
            return 0
        sheet.declared_at = uow.now
        waiting = Complaint.sheet_id == sheet.id, Complaint.state.in_(_WAITING)
        uow.session.execute(
            update(Complaint)
            .where(*waiting)
            .values(declared_at=uow.now, version=Complaint.version + 1)
            .execution_options(synchronize_session=False)
        )
        ready = uow.session.scalars(
            select(Complaint.id)
            .where(Complaint.sheet_id == sheet.id, Complaint.state == ComplaintState.READY)
            .order_by(Complaint.number)
        ).all()
        for complaint_id in ready:
            # One that went back to its people after another sheet has had a task before.
            uow.task(TaskKind.FILE_COMPLAINT, complaint_id, cause=sheet.id.hex)
        record(uow, "complaint.declare", "complaint_sheet", sheet.id, rows=len(ready))
        return len(ready)


def mend_complaint(command: MendComplaint, *, actor: Actor) -> ComplaintState:
    """Put other answers in the place of those that were wrong; file it if it is complete now."""
    with unit_of_work(actor) as uow:
        organisation, _own = get_own(uow.session, command.number, actor, lock=True)
        demand_verified(organisation)
        complaint = find_own(uow.session, organisation, command.complaint, lock=True)
        if command.seen_version is not None and complaint.version != command.seen_version:
            raise MoveRefused("changed-meanwhile", subject="complaint", state=complaint.state)
        _keep_files(uow, complaint, command.files)
        known = known_to(uow.session, organisation)
        checked = check(command.cells, known, own_files=completed_by(uow.session, complaint))
        desk = _Desk(uow, organisation, known, complaint.language)
        complaint.declared_at = uow.now
        desk.mend(complaint, command.cells, checked, desk.earlier([checked]))
        if complaint.state is ComplaintState.READY:
            file_now(uow, organisation, [complaint])
        return complaint.state


def add_files(command: AddFiles, *, actor: Actor) -> int:
    """Put files that were sent ahead into a complaint; file it if it is complete and declared.

    Return its number. Raises MoveRefused for one that waits no more, RuleBroken for no such file.
    """
    with unit_of_work(actor) as uow:
        organisation, _own = get_own(uow.session, command.number, actor, lock=True)
        demand_verified(organisation)
        complaint = find_own(uow.session, organisation, command.complaint, lock=True)
        known = known_to(uow.session, organisation)
        desk = _Desk(uow, organisation, known, complaint.language)
        cells = cells_of(desk.key, complaint)
        checked = check(cells, known, own_files=True)
        desk.mend(complaint, cells, checked, desk.earlier([checked]))
        take_sent(uow, organisation, complaint, command.sent)
        record(uow, "complaint.add-files", "complaint", complaint.id, files=len(command.sent))
        if complaint.state is ComplaintState.READY and complaint.declared_at is not None:
            file_now(uow, organisation, [complaint])
        note_result(uow, command.once, complaint.number)
        return complaint.number


def _new_sheet(uow: UnitOfWork, organisation: Organisation, command: SendSheet) -> ComplaintSheet:
    organisation.sheets += 1
    sheet = ComplaintSheet(
        organisation_id=organisation.id,
        number=organisation.sheets,
        encoding=command.sheet.encoding,
        rows=len(command.sheet.rows),
        language=command.language,
        received_at=uow.now,
        received_by=_author(uow),
    )
    uow.session.add(sheet)
    uow.session.flush()
    return sheet


def _author(uow: UnitOfWork) -> UUID:
    if uow.actor.id is None:
        raise NotFound("account")
    return uow.actor.id


def _keep_files(uow: UnitOfWork, complaint: Complaint, files: Collection[UUID]) -> None:
    for file in files:
        hold_file(uow, file)
        uow.session.add(ComplaintFile(evidence_id=file, complaint_id=complaint.id))
    if files:
        demand_room_in(uow, complaint)


def _number(typed: str) -> int:
    """The number of a complaint as a cell has it; 0, which none has, for anything else."""
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 10 else 0  # noqa: PLR2004


class _Desk:
    """Rows of one organisation as they come in."""

    def __init__(
        self,
        uow: UnitOfWork,
        organisation: Organisation,
        known: Known,
        language: str,
        sheet: ComplaintSheet | None = None,
    ) -> None:
        self.uow, self.organisation, self.known = uow, organisation, known
        self.language, self.sheet = language, sheet
        self.key: ContentKey = key_of(organisation)
        self.author = _author(uow)
        self.due_on = self.known.due_on
        self.named: dict[int, Complaint] = {}
        self.with_files: set[UUID] = set()

    def look_up(self, typed: Iterable[str]) -> None:
        """Find the complaints that rows name, and which of them have files, for all at once."""
        session, numbers = self.uow.session, sorted({_number(one) for one in typed} - {0})
        for at in range(0, len(numbers), _AT_ONCE):
            found = session.scalars(
                select(Complaint).where(
                    Complaint.organisation_id == self.organisation.id,
                    Complaint.number.in_(numbers[at : at + _AT_ONCE]),
                    Complaint.state == ComplaintState.NEEDS_INFORMATION,
                )
            ).all()
            self.named |= {one.number: one for one in found}
            self.with_files |= files_of(session, [one.id for one in found]).keys()

    def earlier(self, checked: Iterable[Checked]) -> dict[bytes, UUID]:
        """The standing complaints about the same, by digest."""
        wanted = [digest for one in checked if (digest := self._digest(one)) is not None]
        found: dict[bytes, UUID] = {}
        for at in range(0, len(wanted), _AT_ONCE):
            rows = self.uow.session.execute(
                select(Complaint.digest, Complaint.id).where(
                    Complaint.organisation_id == self.organisation.id,
                    Complaint.digest.in_(wanted[at : at + _AT_ONCE]),
                    Complaint.state.in_(_STANDING),
                )
            )
            found |= {row[0]: row[1] for row in rows if row[0] is not None}
        return found

    def new(
        self,
        cells: Mapping[str, str],
        checked: Checked,
        earlier: dict[bytes, UUID],
        row: int | None = None,
    ) -> Complaint:
        """A new complaint; it begins complete, incomplete, or as told before."""
        self.organisation.complaints += 1
        complaint = Complaint(
            organisation_id=self.organisation.id,
            number=self.organisation.complaints,
            sheet_id=self.sheet.id if self.sheet else None,
            sheet_row=row,
            filed_by=self.author,
            language=self.language,
            body=None,
            problems={},
            state=self._begins_as(checked, earlier),
            due_on=self.due_on,
            made_at=self.uow.now,
            changed_at=self.uow.now,
        )
        self._write(complaint, cells, checked, earlier)
        if complaint.state is ComplaintState.READY and complaint.digest is not None:
            earlier[complaint.digest] = complaint.id
        return complaint

    def mend(
        self,
        complaint: Complaint,
        cells: Mapping[str, str],
        checked: Checked,
        earlier: dict[bytes, UUID],
    ) -> None:
        """Other answers for a complaint that lacked something."""
        outcome = self._begins_as(checked, earlier)
        if complaint.state is not ComplaintState.NEEDS_INFORMATION:
            raise MoveRefused("changed-meanwhile", subject="complaint", state=complaint.state)
        self._write(complaint, cells, checked, earlier)
        complaint.changed_at = self.uow.now
        if outcome is ComplaintState.READY:
            advance(self.uow, complaint, ComplaintAction.COMPLETE)
        elif outcome is ComplaintState.REPEATED:
            advance(self.uow, complaint, ComplaintAction.REPEAT)

    def mend_by_row(
        self,
        row: int,
        cells: Mapping[str, str],
        checked: Checked,
        earlier: dict[bytes, UUID],
    ) -> list[Complaint]:
        """The complaint that a row names gets its answers; a row that names none is a new one."""
        found = self._waiting(cells[ComplaintField.NUMBER])
        if found is None:
            wrong = Problem(ComplaintField.NUMBER, Fault.NO_SUCH_COMPLAINT)
            return [self.new(cells, Checked((wrong, *checked.problems)), earlier, row)]
        if not checked.complete and found.id in self.with_files:
            checked = check(cells, self.known, own_files=True)
        self.mend(found, cells, checked, earlier)
        found.sheet_id, found.sheet_row = self.sheet.id if self.sheet else None, row
        found.declared_at = None  # what was declared with another sheet said something else
        if found.state is ComplaintState.READY and found.digest is not None:
            earlier[found.digest] = found.id
        return []

    def _waiting(self, typed: str) -> Complaint | None:
        """The complaint of this number, if it still waits: another row may have mended it."""
        found = self.named.get(_number(typed))
        waits = found is not None and found.state is ComplaintState.NEEDS_INFORMATION
        return found if waits else None

    def _begins_as(self, checked: Checked, earlier: Mapping[bytes, UUID]) -> ComplaintState:
        if not checked.complete:
            return ComplaintState.NEEDS_INFORMATION
        repeated = self._digest(checked) in earlier
        return ComplaintState.REPEATED if repeated else ComplaintState.READY

    def _write(
        self,
        complaint: Complaint,
        cells: Mapping[str, str],
        checked: Checked,
        earlier: Mapping[bytes, UUID],
    ) -> None:
        place = complaint_context(complaint.id)
        complaint.body = self.key.encrypt_json(dict(cells), place)
        listed = [[str(one.field), str(one.fault)] for one in checked.problems]
        complaint.problems = {"list": listed} if listed else {}
        complaint.work_id = checked.work.id if checked.work else None
        complaint.target = self._mac("target", checked.target) if checked.target else None
        complaint.digest = self._digest(checked)
        same = earlier.get(complaint.digest) if complaint.digest else None
        complaint.repeats = same if same != complaint.id else None

    def _digest(self, checked: Checked) -> bytes | None:
        """The same for the same work, target and day; none for what is not complete."""
        if not checked.complete or checked.work is None:
            return None
        return self._mac("row", f"{checked.work.id.hex}|{checked.target}|{checked.found_on}")

    def _mac(self, what: str, text: str) -> bytes:
        said = f"sunline/complaint/1/{what}\0{self.organisation.id.hex}\0{text}"
        return hmac.digest(keys().locator, said.encode(), "sha256")
