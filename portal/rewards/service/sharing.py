"""The parts that those who reported together agree on, entered by each on the own page."""

from dataclasses import dataclass
from uuid import UUID

from portal.audit.trail import record
from portal.cases.models import Case
from portal.infra.uow import unit_of_work
from portal.intake.models import Report
from portal.kernel.actor import Actor
from portal.kernel.errors import NotFound, RuleBroken
from portal.rewards.models import RewardSplit, RewardStanding
from portal.rewards.queries.sharing import find_sharing
from portal.rewards.rules.sharing import demand_shares


@dataclass(frozen=True, slots=True)
class AgreeOnShares:
    """The parts in percent, in the order in which the reports came in."""

    report_id: UUID
    shares: tuple[int, ...]


def agree_on_shares(command: AgreeOnShares, *, actor: Actor) -> None:
    """Enter the parts that those who reported together agreed on; anew, in the place of earlier.

    Raises NotFound for a report that shares with nobody, RuleBroken for parts that are not one for
    each of them and the whole together, and once the amount of one of them is computed.
    """
    with unit_of_work(actor) as uow:
        standing = uow.session.get(RewardStanding, command.report_id)
        report = uow.session.get(Report, command.report_id)
        if standing is None or report is None or report.content_key is None:
            raise NotFound("report")
        uow.session.get_one(Case, standing.case_id, with_for_update=True)
        uow.waited()
        found = find_sharing(uow.session, command.report_id, standing.case_id)
        if found is None:
            raise NotFound("sharing")
        if not found.open:
            raise RuleBroken("shares-computed")
        demand_shares(command.shares, found.of)
        made = RewardSplit(
            report_id=command.report_id,
            case_id=found.case_id,
            among=[one.hex for one in found.among],
            shares=list(command.shares),
            at=uow.now,
        )
        uow.session.merge(made)
        record(uow, "report.agree-on-shares", "report", command.report_id)
