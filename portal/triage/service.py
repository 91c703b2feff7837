"""Routing: by rule as soon as a report is in, and by hand whenever a person knows better."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from uuid import UUID, uuid4

from sqlalchemy import bindparam, select

from portal.audit.trail import advance, record
from portal.infra.database import db
from portal.infra.uow import UnitOfWork, unit_of_work
from portal.intake import queries as reports
from portal.intake.clocks import routed
from portal.intake.models import RegionState, Report, ReportKind
from portal.intake.states import LeadEnding, ReportAction, ReportState
from portal.jurisdiction.place import Place, Urgency
from portal.jurisdiction.queries import current_place
from portal.kernel.actor import Actor
from portal.kernel.errors import RuleBroken
from portal.triage.attaching import Sought, attach, attach_missed, sought, take_turns
from portal.triage.leads import end_leads, is_closed_to_others, split_report
from portal.triage.likeness import StoredLikeness
from portal.triage.models import ANSWERED, RoutingDecision
from portal.triage.offers import remember_neighbours, stand_in_masses
from portal.triage.rules.conflict import is_named
from portal.triage.rules.facts import Submission, TriageResult
from portal.triage.rules.minhash import bands
from portal.triage.rules.pipeline import triage
from portal.triage.suggestions import correct_category
from portal.triage.wall import may_have_it, put_at_its_desk, raise_wall

# What the rules call the kinds of report; an instruction from above is routed like a tip.
_KINDS = {
    ReportKind.TIP: "tip",
    ReportKind.COMPLAINT: "rightsholder_complaint",
    ReportKind.INSTRUCTION: "tip",
}


@dataclass(frozen=True, slots=True)
class RouteReport:
    """The decision to send a report to a unit, as a person made it."""

    reference: str
    department: str
    reason: str = field(repr=False)
    category: str | None = None
    seen_version: int | None = None


def make_ready() -> None:
    """Load the place and build what the rules look up: children of a worker then inherit it.

    Otherwise each of them builds it for itself, which takes longer than all it was started for.
    """
    sample = Submission(
        narrative="市区示例路12号的示例书店卖盗版教材, call 13800000000.",
        urls=("https://example.com/1",),
        received_at=datetime.now(UTC),
    )
    triage(sample, current_place(), StoredLikeness(db.session().connection(), uuid4()))


def triage_report(report_id: UUID, *, actor: Actor) -> None:
    """Find region, category, likeness, urgency and unit of a received report, and route it.

    Safe to run twice: a report that was routed meanwhile, by an earlier run or by hand, is
    left as it is.
    """
    triage_reports([report_id], actor=actor)


def triage_reports(report_ids: Sequence[UUID], *, actor: Actor) -> None:
    """The same for several reports, one after the other in one transaction: all of them or none.

    They are locked in the order of their ids, so that two workers do not wait for each other.
    """
    with unit_of_work(actor) as uow:
        held = {one.id: one for one in uow.session.scalars(_HELD, {"ids": report_ids})}
        waiting = [
            one
            for one in (held[known] for known in report_ids if known in held)
            if one.state is ReportState.RECEIVED and not one.routing_version
        ]
        routed = [_triage(uow, current_place(), one) for one in waiting]
        take_turns(uow, routed)
        stand_in_masses(uow, [(one.report, one.text_key) for one in routed])
        attach_missed(uow, routed)


_HELD = (
    select(Report)
    .where(Report.id.in_(bindparam("ids", expanding=True)))
    .order_by(Report.id)
    .with_for_update()
    .execution_options(populate_existing=True)
)


def _triage(uow: UnitOfWork, place: Place, report: Report) -> Sought:
    """Route a report; what is to be looked for again, once all are routed."""
    uow.session.flush()  # what the reports before this one came to is asked for by statements
    likeness, sent = StoredLikeness(uow.connection, report.id), _submission(report)
    result = triage(sent, place, likeness)
    likeness.remember(result.keys, result.signature, bands(result.signature))
    # From here on nothing asks the database for what is about to be written.
    with uow.session.no_autoflush:
        _apply(place, report, result, likeness)
        decision = _decision_by_rule(report, place, result, uow)
        raise_wall(uow, place, report, result, decision)
        _route(uow, place, report, decision, rule=result.rule)
        split_report(uow, place, report, result)
        found = {likeness.id_of(one.reference): one.reasons for one in result.alike}
        remember_neighbours(uow, report, found, has_files=bool(sent.file_hashes))
        of_target = {likeness.id_of(one.reference): one.reasons for one in result.same_target}
        linked = attach(uow, report, of_target)
        return sought(report, likeness, result.keys, linked=linked)


def route_by_hand(
    uow: UnitOfWork, report: Report, department: str, reason: str, category: str | None = None
) -> None:
    """Write a person's decision on a report and lay it on the desk of the unit.

    Raises MoveRefused if the report is no longer to be routed, RuleBroken if the unit is unknown,
    is the one that has it, is named in the report, or has nobody who may know of it.
    """
    place = current_place()
    _demand_unit(place, report, department)
    if not may_have_it(uow.session, report, department):
        raise RuleBroken("nobody-there-may-have-it")
    if category is not None:
        _recategorise(uow, place, report, category)
    decision = _decision_by_hand(report, place, department, reason, uow)
    _route(uow, place, report, decision, by_hand="yes")
    if is_closed_to_others(report):
        end_leads(uow, report, LeadEnding.RESTRICTED)


def route_along(uow: UnitOfWork, report: Report, department: str, reason: str) -> None:
    """Send a merged report to the desk its matter goes to; one that is past routing just moves."""
    if ReportAction.ROUTE in report.open_actions:
        place = current_place()
        decision = _decision_by_hand(report, place, department, reason, uow)
        _route(uow, place, report, decision, by_hand="yes")
        return
    before, report.department_code = report.department_code, department
    report.handler_id, report.changed_at = None, uow.now
    details = {"department": department, "department_before": before}
    record(uow, "report.follow", "report", report.id, act=ReportAction.ROUTE, **details)


def _demand_unit(place: Place, report: Report, code: str) -> None:
    """Refuse a unit that is none, that is too near to what the report names, or that has it."""
    unit = place.departments.get(code)
    if unit is None:
        raise RuleBroken("department-unknown")
    if is_named(place, report.excluded_units, report.region, unit):
        raise RuleBroken("department-is-named-in-the-report")
    if code == report.department_code:
        raise RuleBroken("department-has-it-already")


def _recategorise(uow: UnitOfWork, place: Place, report: Report, code: str) -> None:
    """Set the category by hand; whom it is closed to and how urgent it is only ever rises."""
    category = place.categories.get(code)
    if category is None:
        raise RuleBroken("category-unknown")
    correct_category(uow, report, category.code)
    report.category = category.code
    report.restricted = report.restricted or category.restricted
    report.urgency = min(report.urgency, category.urgency, key=tuple(Urgency).index)


def _submission(report: Report) -> Submission:
    content = reports.content_of(report)
    return Submission(
        narrative=content.narrative,
        title=content.title,
        urls=content.urls,
        place=content.place,
        answers=tuple(answer.words for answer in content.answers),
        category=report.chosen_category,
        region=report.chosen_region,
        kind=_KINDS[report.kind],
        channel=report.channel,
        language=report.language,
        contact_mode=report.contact_mode,
        file_hashes=content.file_hashes,
        received_at=report.received_at,
        wish=report.wished_kind or "",
    )


def _apply(place: Place, report: Report, result: TriageResult, likeness: StoredLikeness) -> None:
    """Write what triage found on the report (tier P only)."""
    report.category = result.category
    report.region = result.region
    report.region_state = _region_state(result)
    report.region_candidates = list(result.region_candidates)
    report.urgency = result.urgency
    report.flags = list(result.flags)
    report.excluded_units = list(result.excluded_units)
    closed = place.categories[result.category].restricted or "restricted_access" in result.flags
    report.restricted = report.restricted or closed
    report.conflict = report.conflict or "conflict_of_interest" in result.flags
    report.near_school = "near_school" in result.flags
    report.priority_region = "priority_region" in result.flags
    earlier = result.duplicate_of
    report.duplicate_of = likeness.id_of(earlier) if earlier else None


def _region_state(result: TriageResult) -> RegionState:
    if result.region is not None:
        return RegionState.FOUND
    if result.region_level == "ambiguous":
        return RegionState.AMBIGUOUS
    return RegionState.ONLINE if result.entities.domains else RegionState.UNKNOWN


def _decision_by_rule(
    report: Report, place: Place, result: TriageResult, uow: UnitOfWork
) -> RoutingDecision:
    return RoutingDecision(
        report_id=report.id,
        version=report.routing_version + 1,
        decided_at=uow.now,
        pack_version=place.version,
        department_code=result.unit,
        support=list(result.co_departments),
        rule_id=result.rule,
        action=result.action,
        quality=result.quality,
        suggested_category=result.suggested_category,
        secondary=list(result.secondary),
        split=[lead.unit for lead in result.split],
        explanation=[
            {"code": line.code, "zh": line.sentence.zh, "en": line.sentence.en}
            for line in result.explanation
        ],
        facts={**result.asked.as_json(), ANSWERED: result.unit},
    )


def _decision_by_hand(
    report: Report, place: Place, department: str, reason: str, uow: UnitOfWork
) -> RoutingDecision:
    decision = RoutingDecision(
        report_id=report.id,
        version=report.routing_version + 1,
        decided_at=uow.now,
        pack_version=place.version,
        department_code=department,
        support=[],
        decided_by=uow.actor.id,
    )
    decision.reason = reports.key_of(report).encrypt_text(
        reason, f"routing_decision.reason:{decision.id}"
    )
    return decision


def _route(
    uow: UnitOfWork, place: Place, report: Report, decision: RoutingDecision, **details: str
) -> None:
    """Write the decision and move the report to its desk; its triage clock has been met."""
    advance(uow, report, ReportAction.ROUTE, **put_at_its_desk(uow, report, decision), **details)
    routed(uow, place, report)
