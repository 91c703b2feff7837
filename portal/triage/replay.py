"""Asking the table again what it was asked, with the rules of its day."""

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.intake import queries as reports
from portal.jurisdiction.queries import place_at
from portal.kernel.actor import Actor
from portal.triage.models import ANSWERED, RoutingDecision
from portal.triage.rules.table import Answer, Asked, decide


@dataclass(frozen=True, slots=True)
class Replay:
    """A decision and what the rules of its day answer now; no answer to a person's decision.

    `unit` is what the table answered then, which need not be the unit that got the report.
    """

    version: int
    pack_version: int
    unit: str
    rule: str | None
    answer: Answer | None

    @property
    def same(self) -> bool:
        """Whether the same unit and row come out."""
        return self.answer is None or self.answered == (self.unit, self.rule)

    @property
    def answered(self) -> tuple[str, str] | None:
        """Unit and row that come out now."""
        return (self.answer.unit.code, self.answer.rule_id) if self.answer else None


def replay(decision: RoutingDecision) -> Answer | None:
    """Route again on the facts of a decision, in the place as it was; None if it has no facts."""
    if decision.facts is None:
        return None
    return decide(place_at(decision.pack_version), Asked.from_json(decision.facts))


def list_replays(session: Session, reference: str, actor: Actor) -> Iterator[Replay]:
    """Every decision on a report in the actor's scope, asked again, in order."""
    report = reports.get_report(session, reference, actor)
    wanted = select(RoutingDecision).where(RoutingDecision.report_id == report.id)
    for made in session.scalars(wanted.order_by(RoutingDecision.version)):
        unit = made.facts[ANSWERED] if made.facts else made.department_code
        yield Replay(made.version, made.pack_version, unit, made.rule_id, replay(made))
