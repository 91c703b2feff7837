"""Who had a part in a decision, or in how a case ended: by accounts, from the record."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from portal.audit.models import AuditEvent
from portal.cases.models import Case
from portal.cases.queries.steps import handlers_of
from portal.cases.states import CaseAction
from portal.decisions.models import Decision, Review
from portal.intake.models import Message, MessageKind, Report

_CHANGES: Final = ("decision.add-measure", "decision.drop-measure")
_MOVES: Final = (
    *(CaseAction.DECIDE, CaseAction.DECIDE_ON_THE_SPOT),
    *(CaseAction.DROP, CaseAction.CLOSE),
)


@dataclass(frozen=True, slots=True)
class Parts:
    """Who has or had the case, who moved it to its decision or end, and who made each decision.

    Those who made one drafted it, put a measure into it or took one out; those who answered gave a
    reporter the result that a review is asked for.
    """

    handlers: frozenset[UUID]
    movers: frozenset[UUID]
    makers: Mapping[UUID, frozenset[UUID]]
    approvers: Mapping[UUID, frozenset[UUID]]
    answerers: frozenset[UUID]
    replaces: Mapping[UUID, UUID | None]

    def in_draft(self, decision: UUID) -> frozenset[UUID]:
        """Who does not approve a draft."""
        return self.handlers | self.makers[decision]

    def in_result(self, decision: UUID | None) -> frozenset[UUID]:
        """Who does not review a decision, or, for None, what a reporter asks about: all of it.

        A decision took over what the one before it ordered, so whoever made that one has decided.
        """
        about = self.makers if decision is None else self._and_before(decision)
        made = (self.makers[one] | self.approvers[one] for one in about)
        answered = self.answerers if decision is None else frozenset[UUID]()
        return (self.handlers | self.movers | answered).union(*made)

    def _and_before(self, decision: UUID) -> Iterator[UUID]:
        """A decision, and what it replaced; no decision replaces a later one."""
        one: UUID | None = decision
        while one is not None:
            yield one
            one = self.replaces[one]


def parts_in(session: Session, case: Case, decisions: Iterable[Decision]) -> Parts:
    """Who had which part in these decisions of the case, and in the case itself."""
    known = list(decisions)
    did: dict[UUID | None, set[UUID | None]] = defaultdict(set)
    moved = AuditEvent.action.in_([f"case.{one}" for one in _MOVES])
    changed = AuditEvent.action.in_(_CHANGES)
    rows = session.execute(
        select(AuditEvent.subject_id, AuditEvent.actor_id)
        .where(
            or_(
                and_(AuditEvent.subject_id == case.id, moved),
                and_(AuditEvent.subject_id.in_([one.id for one in known]), changed),
            )
        )
        .distinct()
    )
    for row in rows:
        did[row.subject_id].add(row.actor_id)
    return Parts(
        handlers=handlers_of(session, case),
        movers=_known(did[case.id]),
        makers={one.id: _known({one.drafted_by, *did[one.id]}) for one in known},
        approvers={one.id: _known({one.approved_by}) for one in known},
        answerers=_answerers(session, case),
        replaces={one.id: one.replaces_id for one in known},
    )


def _answerers(session: Session, case: Case) -> frozenset[UUID]:
    """Who gave the results that reporters of the case contest in a review."""
    given = (
        select(Message.account_id)
        .join(Review, Review.report_id == Message.report_id)
        .join(Report, Report.id == Message.report_id)
        .where(
            Review.case_id == case.id,
            Message.kind == MessageKind.ANSWER,
            Message.result_number == Report.contested_result,
        )
    )
    return _known(session.scalars(given))


def _known(accounts: Iterable[UUID | None]) -> frozenset[UUID]:
    return frozenset(one for one in accounts if one is not None)
