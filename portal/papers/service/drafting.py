"""Drafts of papers: written, looked at, written anew, thrown away."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from uuid import UUID

from portal.access.permissions import Permission, demand
from portal.audit.trail import advance, record
from portal.cases.queries.access import get_case
from portal.cases.service.in_hand import today, touch
from portal.infra.uow import unit_of_work
from portal.jurisdiction.queries import current_place
from portal.kernel.actor import Actor
from portal.papers.models import MadePaper
from portal.papers.queries.papers import party_of
from portal.papers.service.in_hand import (
    form_of,
    get_draft,
    known_language,
    sheet_of,
    take_open,
    write_words,
)
from portal.papers.sheets import paper_pdf
from portal.papers.states import PaperAction


@dataclass(frozen=True, slots=True)
class DraftPaper:
    """A paper of a case: its kind, whom it is for, and what is written in each part of it."""

    number: str
    form: str
    words: Mapping[str, str] = field(repr=False)
    language: str = "zh-Hans"
    party: UUID | None = None
    seen_version: int | None = None


@dataclass(frozen=True, slots=True)
class RewritePaper:
    """A draft as it is to be."""

    number: str
    paper_id: UUID
    words: Mapping[str, str] = field(repr=False)
    language: str = "zh-Hans"
    party: UUID | None = None
    seen_version: int | None = None


@dataclass(frozen=True, slots=True)
class OnPaper:
    """An act on one paper of a case."""

    number: str
    paper_id: UUID
    seen_version: int | None = None


@dataclass(frozen=True, slots=True)
class PrintedDraft:
    """A draft as it would be printed, under the name it is saved by."""

    name: str
    body: bytes = field(repr=False)


def draft_paper(command: DraftPaper, *, actor: Actor) -> UUID:
    """Begin a paper; return its id.

    Raises RuleBroken for a kind that is not made here, and NotFound for a party of another case.
    """
    with unit_of_work(actor) as uow:
        case = take_open(uow, command.number, command.seen_version)
        form_of(command.form)
        party_of(uow.session, case, command.party)
        made = MadePaper(
            case_id=case.id,
            form=command.form,
            language=known_language(command.language),
            words=b"",
            drafted_at=uow.now,
            drafted_by=actor.id,
            party_id=command.party,
        )
        write_words(case, made, command.words)
        uow.session.add(made)
        record(uow, "paper.draft", "paper", made.id, form=made.form)
        record(uow, "case.draft-paper", "case", case.id, form=made.form, made=made.id.hex)
        touch(uow, case)
        return made.id


def rewrite_paper(command: RewritePaper, *, actor: Actor) -> None:
    """Write a draft anew; MoveRefused once it is final or was thrown away."""
    with unit_of_work(actor) as uow:
        case = take_open(uow, command.number, command.seen_version)
        made = get_draft(uow, case, command.paper_id)
        party_of(uow.session, case, command.party)
        made.party_id, made.language = command.party, known_language(command.language)
        write_words(case, made, command.words)
        record(uow, "paper.rewrite", "paper", made.id)
        touch(uow, case)


def discard_paper(command: OnPaper, *, actor: Actor) -> None:
    """Throw a draft away; it never had a number."""
    with unit_of_work(actor) as uow:
        case = take_open(uow, command.number, command.seen_version)
        made = get_draft(uow, case, command.paper_id)
        advance(uow, made, PaperAction.DISCARD)
        touch(uow, case)


def print_draft(number: str, paper_id: UUID, *, actor: Actor) -> PrintedDraft:
    """Print a draft to be looked at: it bears no number, and says on every page what it is."""
    demand(actor, Permission.WORK_CASES)
    with unit_of_work(actor) as uow:
        case = get_case(uow.session, number, actor)
        made = get_draft(uow, case, paper_id)
        sheet, language = sheet_of(uow, case, made, today(uow)), made.language
        record(uow, "paper.print-draft", "paper", made.id)
    return PrintedDraft(
        f"{number}-{sheet.form.code}.pdf", paper_pdf(sheet, current_place(), language)
    )
