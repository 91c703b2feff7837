"""What every act on a paper starts with: its case, itself, and what is known of both."""

from collections.abc import Mapping
from datetime import date
from typing import cast
from uuid import UUID

from portal.cases.models import Case
from portal.cases.queries.access import context_of, key_of
from portal.cases.service.in_hand import take
from portal.cases.states import CaseState
from portal.infra.uow import UnitOfWork
from portal.jurisdiction.queries import current_place
from portal.jurisdiction.tables import PaperForm
from portal.kernel.errors import MoveRefused, NotFound, RuleBroken
from portal.papers.models import MadePaper
from portal.papers.queries.papers import party_of, reports_of
from portal.papers.sheets import LOCALES, Sheet
from portal.papers.states import PaperState

WORDS = "made_paper.words"


def take_open(uow: UnitOfWork, number: str, seen: int | None) -> Case:
    """The case, locked, if papers may still be put into it; see `take` for the rest."""
    case = take(uow, number, seen)
    if case.state is CaseState.CLOSED:
        raise RuleBroken("case-is-closed")
    return case


def get_draft(uow: UnitOfWork, case: Case, paper_id: UUID) -> MadePaper:
    """A draft of the case; NotFound for none, MoveRefused for what is a draft no more."""
    made = get_paper(uow, case, paper_id)
    if made.state is not PaperState.DRAFTED:
        raise MoveRefused("changed-meanwhile", subject="paper", state=made.state)
    return made


def get_paper(uow: UnitOfWork, case: Case, paper_id: UUID) -> MadePaper:
    """A paper of the case, locked; NotFound for one of another."""
    made = uow.session.get(MadePaper, paper_id, with_for_update=True)
    if made is None or made.case_id != case.id:
        raise NotFound("paper")
    return made


def form_of(code: str) -> PaperForm:
    """A kind of paper that can be made here; RuleBroken for any other."""
    form = current_place().papers.get(code)
    if form is None or not form.parts:
        raise RuleBroken("paper-not-made-here")
    return form


def known_language(tag: str) -> str:
    """The language a paper is made in: the one that was asked for, if the product has it."""
    return tag if tag in LOCALES else "zh-Hans"


def words_of(case: Case, made: MadePaper) -> Mapping[str, str]:
    """What was written on a paper, by its parts."""
    said = key_of(case).decrypt_json(made.words, context_of(WORDS, made.id))
    return cast("Mapping[str, str]", said)


def write_words(case: Case, made: MadePaper, words: Mapping[str, str]) -> None:
    """Write a paper anew: what stands in a part that its kind does not have is left out."""
    parts = form_of(made.form).parts
    kept = {str(part): words.get(part, "") for part in parts}
    made.words = key_of(case).encrypt_json(kept, context_of(WORDS, made.id))


def sheet_of(uow: UnitOfWork, case: Case, made: MadePaper, day: date) -> Sheet:
    """The paper as it is printed on that day."""
    form = form_of(made.form)
    return Sheet(
        form=form,
        case=case.number,
        department=case.department_code,
        made_on=day,
        words=words_of(case, made),
        number=made.number or "",
        party=party_of(uow.session, case, made.party_id),
        reports=reports_of(uow.session, case, uow.actor) if form.reports else (),
    )
