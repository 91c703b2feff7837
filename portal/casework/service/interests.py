"""What staff have an interest in: declared beforehand, or seen in a report (F13)."""

from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from sqlalchemy import select

from portal.access.permissions import Permission, demand
from portal.audit.trail import record
from portal.casework.queries.interests import body_context
from portal.casework.service.in_hand import touch
from portal.infra.uow import unit_of_work
from portal.infra.vault import vault
from portal.intake import queries as reports
from portal.intake.lead_models import ExclusionCause
from portal.intake.rules import local_date
from portal.jurisdiction.queries import current_place
from portal.kernel.actor import Actor
from portal.kernel.errors import NotFound, RuleBroken
from portal.triage.interests import canonical, head_of, is_common, key_of
from portal.triage.models import Interest, InterestKind
from portal.triage.relations import find_leading, list_following, lock_together
from portal.triage.wall import exclude, pass_up_unless_seen, share_exclusions


@dataclass(frozen=True, slots=True)
class DeclareInterest:
    """A party, address, telephone or unit too near to somebody of the staff, and until when."""

    kind: InterestKind
    value: str = field(repr=False)
    reason: str = field(default="", repr=False)
    ends_on: date | None = None


@dataclass(frozen=True, slots=True)
class StepAside:
    """Giving a report back because one has an interest in it; no reason is asked."""

    reference: str


def declare_interest(command: DeclareInterest, *, actor: Actor) -> UUID:
    """Keep reports that name this from the actor from now on; nobody else reads what it is.

    Raises RuleBroken for what is not one of its kind, for a word of the trade or the name of a
    place, which would keep half of all reports away, and for an end that has passed.
    """
    demand(actor, Permission.USE_DESK)
    value = canonical(command.kind, command.value)
    if value is None:
        raise RuleBroken("interest-not-readable", kind=command.kind)
    if is_common(current_place(), command.kind, value):
        raise RuleBroken("interest-too-common", kind=command.kind)
    with unit_of_work(actor) as uow:
        if command.ends_on and command.ends_on <= local_date(current_place(), uow.now):
            raise RuleBroken("day-has-passed")
        if actor.id is None:
            raise NotFound("account")
        key, wrapped = vault().new_key()
        is_name = command.kind is InterestKind.NAME
        made = Interest(
            account_id=actor.id,
            kind=command.kind,
            key=key_of(command.kind, value),
            head=head_of(value) if is_name else None,
            length=len(value) if is_name else 0,
            body_key=wrapped,
            body=b"",
            made_at=uow.now,
            ends_on=command.ends_on,
        )
        said = {"value": command.value, "reason": command.reason}
        made.body = key.encrypt_json(said, body_context(made.id))
        uow.session.add(made)
        record(uow, "interest.declare", "interest", made.id, kind=command.kind)
        return made.id


def end_interest(interest_id: UUID, *, actor: Actor) -> None:
    """Have an interest of one's own count no more from today on; reports kept away stay so."""
    demand(actor, Permission.USE_DESK)
    with unit_of_work(actor) as uow:
        own = select(Interest).where(Interest.id == interest_id, Interest.account_id == actor.id)
        interest = uow.session.scalar(own.with_for_update())
        if interest is None:
            raise NotFound("interest")
        today = local_date(current_place(), uow.now)
        if interest.ends_on is None or interest.ends_on > today:
            interest.ends_on = today
            record(uow, "interest.end", "interest", interest.id)


def step_aside(command: StepAside, *, actor: Actor) -> None:
    """Lose sight of a report at once; it goes back to the heap of its unit, whose head is told.

    Where nobody of the unit is left who may have it, the next unit above gets it. Raises NotFound
    outside the actor's scope.
    """
    demand(actor, Permission.READ_REPORTS)
    with unit_of_work(actor) as uow:
        report = reports.get_report(uow.session, command.reference, actor)
        lock_together(uow, report.id)
        report = reports.get_report(uow.session, command.reference, actor, for_update=True)
        if actor.id is None:
            raise NotFound("account")
        exclude(uow, report, {actor.id: ExclusionCause.STEPPED_ASIDE})
        record(uow, "report.step-aside", "report", report.id)
        leading = find_leading(uow.session, report) or report
        together = (leading, *list_following(uow, leading))
        share_exclusions(uow, together)
        for one in together:
            pass_up_unless_seen(uow, one)
            touch(uow, one)
