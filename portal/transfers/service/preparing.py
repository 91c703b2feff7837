"""Deciding that a matter goes to a body outside, with what of it; and packing that up."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy import select

from portal.access.permissions import Permission, demand
from portal.audit.trail import advance, record
from portal.casework.service.in_hand import touch
from portal.evidence import queries as evidence
from portal.evidence.kinds import KINDS
from portal.evidence.made import KeptMade, discard_made, keep_made, record_made
from portal.evidence.queries import FileLine, OpenedFile
from portal.evidence.service import export_original, open_rendition
from portal.evidence.states import RenditionState
from portal.infra.database import db
from portal.infra.tasks import TaskKind
from portal.infra.uow import UnitOfWork, unit_of_work
from portal.infra.vault import vault
from portal.intake import queries as reports
from portal.intake.models import Author, Report
from portal.intake.rules import local_date
from portal.jurisdiction.queries import current_place
from portal.jurisdiction.tables import Way
from portal.kernel.actor import Actor
from portal.kernel.errors import NotFound, NotPermitted, RuleBroken
from portal.transfers.bundle import Member, pack, read_within
from portal.transfers.models import HandOver, HandOverFile, words_context
from portal.transfers.papers import Sheet, known_language, sheet_pdf
from portal.transfers.queries import get_passable, has_open, next_number, partners_for
from portal.transfers.rules import MOST_BYTES, demand_choice, may_pass_on
from portal.transfers.said import said_of, say
from portal.transfers.service.keeping import keep_back, note
from portal.transfers.states import FileForm, HandOverAction, HandOverState, Part


@dataclass(frozen=True, slots=True)
class PrepareHandOver:
    """The decision to pass a matter on: to whom, why, and which parts and files of it.

    `reason` and `outline`, the officer's own words on the matter, go out with it.
    """

    reference: str
    partner: str
    reason: str = field(repr=False)
    parts: tuple[Part, ...]
    copies: tuple[UUID, ...] = ()
    originals: tuple[UUID, ...] = ()
    why_originals: str = field(default="", repr=False)
    outline: str = field(default="", repr=False)
    language: str = "zh-Hans"
    seen_version: int | None = None


def prepare_hand_over(command: PrepareHandOver, *, actor: Actor) -> UUID:
    """Write down what goes to whom, and have it packed up; return the id of the hand-over.

    Raises NotFound out of scope and for a body that this matter cannot go to, RuleBroken for what
    must not leave, for nothing at all, and for a body that has the matter already; MoveRefused
    when somebody changed the report since `seen_version`.
    """
    with unit_of_work(actor) as uow:
        report = reports.get_report(uow.session, command.reference, actor, for_update=True)
        reports.demand_version(report, command.seen_version)
        reports.demand_not_merged(report)
        if not may_pass_on(actor, report.state, report.department_code):
            raise NotPermitted("not-your-desk")
        files = bool(command.copies or command.originals)
        demand_choice(command.parts, report.flags, command.outline, files=files)
        made = _written_down(uow, report, command)
        _choose_files(uow, made, command)
        uow.task(TaskKind.SEAL_BUNDLE, made.id)
        _note(uow, report, made, command)
        touch(uow, report)
        return made.id


def _written_down(uow: UnitOfWork, report: Report, command: PrepareHandOver) -> HandOver:
    partners = {one.code: one for one in partners_for(current_place(), report)}
    partner = partners.get(command.partner)
    if partner is None:
        raise NotFound("partner")
    if has_open(uow.session, report.id, partner.code):
        raise RuleBroken("already-passed-on")
    _, wrapped = vault().new_key()
    made = HandOver(
        report_id=report.id,
        number=next_number(uow.session, report.id),
        department_code=partner.code,
        sender_code=uow.actor.department,
        way=partner.receives_by or Way.PRINT,
        parts=[str(part) for part in command.parts],
        language=known_language(command.language),
        words_key=wrapped,
        words=b"",
        made_by=uow.actor.id,
        made_at=uow.now,
        changed_at=uow.now,
    )
    key = vault().open_key(wrapped)
    made.words = key.encrypt_json({}, words_context(made.id))
    say(
        made,
        reason=command.reason,
        outline=command.outline,
        why_originals=command.why_originals,
    )
    uow.session.add(made)
    uow.session.flush()
    return made


def _choose_files(uow: UnitOfWork, made: HandOver, command: PrepareHandOver) -> None:
    """Write down the files; each is in the custody of whoever chose it, with the reason."""
    there = {one.id: one for one in get_passable(uow.session, command.reference, uow.actor).files}
    chosen = dict.fromkeys(command.copies, FileForm.COPY)
    chosen |= dict.fromkeys(command.originals, FileForm.ORIGINAL)
    if not set(chosen) <= set(there):
        raise NotFound("file")
    if sum(there[one].size for one in chosen) > MOST_BYTES:
        raise RuleBroken("bundle-too-large")
    for evidence_id, form in chosen.items():
        _take_out(uow, there[evidence_id], form, command.why_originals)
        uow.session.add(HandOverFile(hand_over_id=made.id, evidence_id=evidence_id, form=form))


def _take_out(uow: UnitOfWork, file: FileLine, form: FileForm, why: str) -> None:
    if form is FileForm.ORIGINAL:
        demand(uow.actor, Permission.OPEN_ORIGINALS)
        if not why.strip():
            raise RuleBroken("originals-need-reason")
        export_original(uow, file.id, why)
    elif file.rendition is not RenditionState.MADE:
        raise RuleBroken("no-copy-to-pass-on")
    else:
        open_rendition(uow, file.id)


def _note(uow: UnitOfWork, report: Report, made: HandOver, command: PrepareHandOver) -> None:
    record(
        uow,
        "hand_over.prepare",
        "hand_over",
        made.id,
        report=report.id.hex,
        number=made.number,
        department=made.department_code,
        parts=",".join(made.parts),
        copies=len(command.copies),
        originals=len(command.originals),
    )
    note(uow, made, "pass-on-prepared")


# --- Packing up ----------------------------------------------------------------------------------


def seal_bundle(hand_over_id: UUID, *, actor: Actor) -> None:
    """Pack up what was chosen, and keep it encrypted.

    Safe to run twice: of two bundles the one whose row commits first stays, and the file of the
    other is removed. What was withdrawn meanwhile is not packed, nor what must not leave any more.
    """
    session = db.session()
    made = session.get(HandOver, hand_over_id)
    if made is None or made.state is not HandOverState.PREPARED or _is_kept(made.id, actor):
        return
    report = session.get_one(Report, made.report_id)
    members = _members(made, report)
    number = f"{report.reference}-{made.number}"
    session.commit()  # nothing stays open while the disk is written
    kept = keep_made(pack(number, members))
    if not _take_in(hand_over_id, kept, actor):
        discard_made(kept)


def _is_kept(hand_over_id: UUID, actor: Actor) -> bool:
    with unit_of_work(actor, more_to_come=True) as uow:
        made = uow.session.get_one(HandOver, hand_over_id)
        return keep_back(uow, made, uow.session.get_one(Report, made.report_id))


def _take_in(hand_over_id: UUID, kept: KeptMade, actor: Actor) -> bool:
    with unit_of_work(actor) as uow:
        made = uow.session.get(HandOver, hand_over_id, with_for_update=True)
        if made is None or made.state is not HandOverState.PREPARED:
            return False
        made.bundle_id = record_made(uow, kept)
        made.changed_at = uow.now
        advance(uow, made, HandOverAction.SEAL, size=kept.stored.size)
        return True


def _members(made: HandOver, report: Report) -> tuple[Member, ...]:
    files = _files(made)
    place, parts = current_place(), frozenset(Part(part) for part in made.parts)
    sheet = Sheet(
        number=f"{report.reference}-{made.number}",
        sender=made.sender_code or report.department_code or "",
        receiver=made.department_code,
        category=report.category,
        region=report.region,
        reported_on=local_date(place, report.received_at),
        made_on=local_date(place, made.made_at),
        said=said_of(made),
        content=reports.content_of(report),
        parts=parts,
        messages=_messages(report) if Part.MESSAGES in parts else (),
        files=tuple((one.name, f"{len(one.body)}") for one in files),
    )
    paper = sheet_pdf(sheet, place, made.language)
    return (Member("sheet.pdf", "sheet", paper), *files)


def _messages(report: Report) -> tuple[str, ...]:
    """What the reporter wrote later, in order; nothing that staff wrote."""
    thread = reports.list_messages(db.session(), report.id)
    own = (one for one in thread if one.author is Author.REPORTER)
    return tuple(reports.body_of(report, one) for one in own)


def _files(made: HandOver) -> Sequence[Member]:
    """The chosen files under numbers: a name may say whose picture it is."""
    chosen = db.session().scalars(
        select(HandOverFile)
        .where(HandOverFile.hand_over_id == made.id)
        .order_by(HandOverFile.evidence_id)
    )
    found, room = [], MOST_BYTES
    for count, one in enumerate(chosen, 1):
        opened = _opened(one)
        name = f"files/{count:02}.{KINDS[opened.kind].endings[0]}"
        found.append(Member(name, str(one.form), read_within(opened.chunks, room)))
        room -= len(found[-1].body)
    return found


def _opened(one: HandOverFile) -> OpenedFile:
    session = db.session()
    if one.form is FileForm.ORIGINAL:
        return evidence.open_original(session, one.evidence_id)
    return evidence.open_rendition(session, one.evidence_id)
