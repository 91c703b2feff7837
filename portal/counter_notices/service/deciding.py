"""What the office does with a counter-notice: passed on, decided by the head, noted as back."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from sqlalchemy import select

from portal.accounts.queries import own_accounts
from portal.audit.trail import advance, record
from portal.cases.models import Case
from portal.cases.queries.access import key_of
from portal.cases.rules import demand_head
from portal.cases.service.in_hand import next_date, take, today, touch
from portal.counter_notices.models import CounterNotice, CounterNoticeComplaint
from portal.counter_notices.queries.reading import (
    Concerned,
    get_notice,
    list_concerned,
    list_hands,
    place_of,
    said_in,
    several_reported,
)
from portal.counter_notices.rules import (
    Told,
    demand_heard,
    demand_impartial,
    demand_known,
    demand_passed_on,
    for_complainants,
)
from portal.counter_notices.service.telling import tell_of
from portal.counter_notices.states import ComplaintFinding, CounterAction, CounterState
from portal.infra.uow import UnitOfWork, unit_of_work
from portal.intake.rules import local_date
from portal.jurisdiction.queries import current_place
from portal.jurisdiction.tables import NoticeEvent
from portal.kernel.actor import Actor
from portal.kernel.errors import NotFound, RuleBroken


@dataclass(frozen=True, slots=True)
class PassOn:
    """To whose complaints a counter-notice is passed on; `words` is what they read of it."""

    number: str
    notice: int
    complaints: tuple[UUID, ...]
    words: str = field(default="", repr=False)
    seen_version: int | None = None


@dataclass(frozen=True, slots=True)
class DecideCounterNotice:
    """Whether a counter-notice is right, why, and what that says of the complaints named.

    `told_reasons` are the reasons as whoever complained reads them.
    """

    number: str
    notice: int
    accepted: bool
    reasons: str = field(repr=False)
    finding: ComplaintFinding = ComplaintFinding.IN_GOOD_FAITH
    complaints: tuple[UUID, ...] = ()
    told_reasons: str = field(default="", repr=False)
    seen_version: int | None = None


@dataclass(frozen=True, slots=True)
class NoteReinstatement:
    """The day on which what was removed was back."""

    number: str
    notice: int
    on: date
    seen_version: int | None = None


def pass_on(command: PassOn, *, actor: Actor) -> None:
    """Tell whoever complained what the counter-notice says, and until when they can answer.

    Their contact and the party's stay with the office. Without words of the office they read the
    whole. Raises RuleBroken for nobody, and for no words where somebody else reported in the case;
    NotFound for a complaint that is not in the case.
    """
    with unit_of_work(actor) as uow:
        case = take(uow, command.number, command.seen_version)
        notice = get_notice(uow.session, case, command.notice, lock=True)
        concerned = list_concerned(uow.session, case)
        known = {one.id: one for one in concerned}
        if not command.complaints:
            raise RuleBroken("counter-to-nobody")
        chosen = [known.get(one) for one in dict.fromkeys(command.complaints)]
        if None in chosen:
            raise NotFound("complaint")
        said = said_in(notice, key_of(case)).whole
        words = for_complainants(
            command.words, said, several=several_reported(uow.session, case, concerned)
        )
        notice.passed_on = key_of(case).encrypt_text(words, place_of(notice, "passed_on"))
        advance(uow, notice, CounterAction.FORWARD, count=len(chosen))
        notice.answer_by = next_date(uow, case, "counter", today(uow))
        notice.due_on = max(notice.due_on, notice.answer_by)
        for one in chosen:
            if one is not None:
                _link(uow, notice, one)
        uow.session.flush()
        tell_of(uow, case, notice, NoticeEvent.COUNTER_PASSED_ON)
        touch(uow, case)


def _link(uow: UnitOfWork, notice: CounterNotice, one: Concerned) -> None:
    uow.session.add(
        CounterNoticeComplaint(
            notice_id=notice.id,
            complaint_id=one.id,
            organisation_id=one.organisation_id,
            told_at=uow.now,
        )
    )


def decide_counter_notice(command: DecideCounterNotice, *, actor: Actor) -> None:
    """Accept or refuse a counter-notice, by a head who had no hand in the notice to the host.

    Nothing else follows by itself: whoever is to put it back is told by a notice of its own, and a
    finding about a complaint counts once nobody can contest it any more. Raises RuleBroken while
    whoever complained may still answer, and where they would read reasons that may tell of others.
    """
    action = CounterAction.ACCEPT if command.accepted else CounterAction.REFUSE
    with unit_of_work(actor) as uow:
        case = take(uow, command.number, command.seen_version)
        notice = get_notice(uow.session, case, command.notice, lock=True)
        demand_head(actor, case.department_code)
        demand_impartial(own_accounts(uow.session, actor.id), list_hands(uow.session, case))
        told, concerned = _told(uow, notice), list_concerned(uow.session, case)
        if notice.state is CounterState.FILED:
            demand_passed_on(notice.state, action, len(concerned))
        elif notice.state is CounterState.PASSED_ON:
            heard = [Told(one.complaint_id, one.answer) for one in told]
            demand_heard(heard, notice.answer_by, today(uow))
        demand_known(command.complaints, [one.complaint_id for one in told])
        _give_reasons(uow, case, notice, concerned if told else (), command)
        notice.decided_at, notice.decided_by = uow.now, actor.id
        advance(uow, notice, action)
        if command.accepted:
            _find(uow, case, notice, told, command)
        accepted = NoticeEvent.COUNTER_ACCEPTED, NoticeEvent.COUNTER_REFUSED
        tell_of(uow, case, notice, accepted[0 if command.accepted else 1])
        touch(uow, case)


def _give_reasons(
    uow: UnitOfWork,
    case: Case,
    notice: CounterNotice,
    concerned: Sequence[Concerned],
    command: DecideCounterNotice,
) -> None:
    """Write the reasons down, for the party and for whoever complained and was told."""
    key = key_of(case)
    notice.reasons = key.encrypt_text(command.reasons, place_of(notice, "reasons"))
    if concerned:
        several = several_reported(uow.session, case, concerned)
        words = for_complainants(command.told_reasons, command.reasons, several=several)
        notice.told_reasons = key.encrypt_text(words, place_of(notice, "told_reasons"))


def note_reinstatement(command: NoteReinstatement, *, actor: Actor) -> None:
    """Note that what was removed is back; refuses a day to come, or one before the decision."""
    with unit_of_work(actor) as uow:
        case = take(uow, command.number, command.seen_version)
        notice = get_notice(uow.session, case, command.notice, lock=True)
        decided_on = local_date(current_place(), notice.decided_at or uow.now)
        if not decided_on <= command.on <= today(uow):
            raise RuleBroken("day-out-of-range")
        notice.reinstated_on = command.on
        advance(uow, notice, CounterAction.REINSTATE)
        tell_of(uow, case, notice, NoticeEvent.COUNTER_REINSTATED)
        touch(uow, case)


def _told(uow: UnitOfWork, notice: CounterNotice) -> list[CounterNoticeComplaint]:
    wanted = select(CounterNoticeComplaint).where(CounterNoticeComplaint.notice_id == notice.id)
    return list(uow.session.scalars(wanted.with_for_update()))


def _find(
    uow: UnitOfWork,
    case: Case,
    notice: CounterNotice,
    told: list[CounterNoticeComplaint],
    command: DecideCounterNotice,
) -> None:
    """Write down what was found of each complaint; of those that are not named, good faith."""
    final_on = next_date(uow, case, "object", today(uow))
    for one in told:
        named = one.complaint_id in command.complaints
        one.finding = command.finding if named else ComplaintFinding.IN_GOOD_FAITH
        one.final_on = final_on
        details = {"finding": one.finding, "complaint": one.complaint_id.hex}
        record(uow, "counter_notice.find", "counter_notice", notice.id, **details)
