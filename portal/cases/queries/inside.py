"""What is in a case and in tables of its own, whatever there is of it: in two statements."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar
from uuid import UUID

from sqlalchemy import Uuid, bindparam, select
from sqlalchemy.orm import Session

from portal.accounts.models import Account
from portal.cases.chain_models import CaseEdge
from portal.cases.joint_models import CaseMeeting, CaseMember, MemberTask
from portal.cases.models import (
    Case,
    CaseAnswer,
    CaseClock,
    CaseNote,
    CasePaper,
    CaseParty,
    CaseQuestion,
    CaseTask,
)
from portal.cases.oversight_models import (
    CaseDirective,
    FlashReport,
    Milestone,
    ProgressReport,
    Supervision,
)
from portal.infra.database import Base
from portal.infra.together import Found, Together

M = TypeVar("M", bound=Base)
THIS_CASE: Final = bindparam("case", type_=Uuid())
_SUPERVISED: Final = select(Supervision.id).where(Supervision.case_id == THIS_CASE)
_TAKE_PART: Final = select(CaseMember.id).where(CaseMember.case_id == THIS_CASE)

_INSIDE: Final = Together(
    {
        CaseParty: CaseParty.case_id == THIS_CASE,
        CasePaper: CasePaper.case_id == THIS_CASE,
        CaseTask: CaseTask.case_id == THIS_CASE,
        CaseNote: CaseNote.case_id == THIS_CASE,
        CaseClock: (CaseClock.case_id == THIS_CASE) & CaseClock.met_at.is_(None),
        CaseQuestion: CaseQuestion.case_id == THIS_CASE,
        CaseAnswer: CaseAnswer.case_id == THIS_CASE,
        CaseEdge: (CaseEdge.case_id == THIS_CASE) & CaseEdge.struck_at.is_(None),
        CaseMeeting: CaseMeeting.case_id == THIS_CASE,
        CaseMember: CaseMember.case_id == THIS_CASE,
        MemberTask: MemberTask.member_id.in_(_TAKE_PART),
        Supervision: Supervision.case_id == THIS_CASE,
        Milestone: Milestone.supervision_id.in_(_SUPERVISED),
        ProgressReport: ProgressReport.supervision_id.in_(_SUPERVISED),
        FlashReport: FlashReport.case_id == THIS_CASE,
        CaseDirective: CaseDirective.case_id == THIS_CASE,
    }
)
# Who has done something, by the tables that say so.
_PEOPLE: Final[Mapping[type[Base], str]] = {
    CasePaper: "added_by",
    CaseTask: "owner_id",
    CaseNote: "by",
    CaseQuestion: "asked_by",
    CaseAnswer: "by",
    CaseMember: "signed_by",
    ProgressReport: "sent_by",
    CaseDirective: "entered_by",
}


@dataclass(frozen=True, slots=True)
class Inside:
    """The rows, and what those are called who have done something in the case."""

    found: Found
    names: Mapping[UUID | None, str] = field(repr=False)

    def of(self, model: type[M], by: Callable[[M], Any]) -> list[M]:
        """The rows of one table, in the order that `by` says."""
        return self.found.of(model, by)


def inside_of(session: Session, case: Case) -> Inside:
    """Everything in a case, for whoever may read it."""
    found = _INSIDE.read(session, case=case.id)
    known = {case.handler_id, *_people(found)} - {None}
    rows = session.execute(select(Account.id, Account.display_name).where(Account.id.in_(known)))
    return Inside(found, {row.id: row.display_name for row in rows})


def _people(found: Found) -> Iterator[UUID | None]:
    for model, who in _PEOPLE.items():
        for one in found.of(model):
            yield getattr(one, who)
