"""Making a paper final: its number, its PDF, and its place in the file of the case."""

from dataclasses import replace
from io import BytesIO
from uuid import UUID

from sqlalchemy.dialects import postgresql, sqlite

from portal.audit.trail import advance
from portal.cases.models import Case
from portal.cases.service.filling import put_paper
from portal.cases.service.in_hand import today
from portal.evidence.holding import hold_file
from portal.evidence.service import IncomingFile, limits, receive
from portal.infra.uow import UnitOfWork, unit_of_work
from portal.jurisdiction.queries import current_place
from portal.kernel.actor import Actor
from portal.kernel.errors import RuleBroken
from portal.papers.models import PaperCounter
from portal.papers.queries.papers import find_party, why_unfit
from portal.papers.service.drafting import OnPaper
from portal.papers.service.in_hand import form_of, get_draft, sheet_of, take_open
from portal.papers.sheets import Sheet, paper_pdf
from portal.papers.states import PaperAction


def issue_paper(command: OnPaper, *, actor: Actor) -> str:
    """Make a draft final and put it into the file; return its number.

    The paper is printed while the number is held, so that no number is used twice and none is
    missing. Raises RuleBroken for a paper to be served that names no party, and MoveRefused for
    what is a draft no more.
    """
    with unit_of_work(actor) as uow:
        case = take_open(uow, command.number, command.seen_version)
        made = get_draft(uow, case, command.paper_id)
        form = form_of(made.form)
        if (refusal := why_unfit(made, find_party(uow.session, made.party_id))) is not None:
            raise RuleBroken(refusal)
        number = next_number(uow, case.department_code, made.form)
        sheet = replace(sheet_of(uow, case, made, today(uow)), number=number)
        made.case_paper_id = _put_in(uow, case, sheet, made.language)
        made.number, made.issued_at, made.issued_by = number, uow.now, actor.id
        made.to_serve = form.served
        advance(uow, made, PaperAction.ISSUE, number=number, form=made.form)
        return number


def _put_in(uow: UnitOfWork, case: Case, sheet: Sheet, language: str) -> UUID:
    """Print it and keep the PDF as a paper of the case, as one that was scanned in would be."""
    paper = BytesIO(paper_pdf(sheet, current_place(), language))
    file = receive(uow, IncomingFile(paper, f"{sheet.number}.pdf"), limits=limits())
    hold_file(uow, file.id)
    paper_id = put_paper(uow, case, sheet.form.code, sheet.made_on, evidence_id=file.id)
    uow.session.flush()
    return paper_id


def next_number(uow: UnitOfWork, unit: str, form: str) -> str:
    """The next number of the unit in this year for this kind of paper.

    Such as `CULTURE_ENF-320412-2026-penalty-decision-0007`; taken in the transaction that uses it.
    """
    year = today(uow).year
    on_postgresql = uow.session.get_bind().dialect.name == "postgresql"
    insert = postgresql.insert if on_postgresql else sqlite.insert
    last = uow.session.scalar(
        insert(PaperCounter)
        .values(department_code=unit, year=year, form=form, last=1)
        .on_conflict_do_update(
            index_elements=[PaperCounter.department_code, PaperCounter.year, PaperCounter.form],
            set_={"last": PaperCounter.last + 1},
        )
        .returning(PaperCounter.last)
    )
    return f"{unit.replace('@', '-')}-{year}-{form}-{last:04d}"
