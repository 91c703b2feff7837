"""Legal holds: what is held is not destroyed, and whoever placed a hold does not lift it."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from portal.audit.models import AuditEvent
from portal.casework.service.closing import CloseUnrouted, close_unrouted
from portal.casework.service.erasure import erase_after_waiting
from portal.disposal.models import LegalHold
from portal.disposal.queries.terms import find_obstacles
from portal.disposal.service.deciding import ProposeDisposal, propose_disposal
from portal.disposal.service.destroying import dispose_record
from portal.disposal.service.holding import LiftHold, PlaceHold, lift_hold, place_hold
from portal.disposal.service.identities import erase_old_identities
from portal.disposal.states import DisposalState, NotDisposed
from portal.feedback.service import erase_identity
from portal.infra.database import db
from portal.infra.tasks import Task, TaskKind, TaskState
from portal.intake.models import ContactMode, Report, ReporterIdentity
from portal.intake.service import Identity
from portal.intake.states import ReportState
from portal.jurisdiction.tables import RecordKind
from portal.kernel.actor import Actor
from portal.kernel.errors import Disposed, NotFound, NotPermitted, RuleBroken
from tests.factories.cases import get_case_id, today
from tests.factories.casework import make_clerk, make_head, make_officer
from tests.factories.disposal import (
    MACHINE,
    approved,
    disposed,
    make_old_case,
    make_old_report,
    row_of,
    scheduled,
)
from tests.factories.intake import make_report

S = ReportState
pytestmark = pytest.mark.usefixtures("app")
NAMED = {"contact_mode": ContactMode.CONFIDENTIAL, "identity": Identity("甲某某", "13800000000")}


def hold(name, record=RecordKind.REPORT, actor=None):
    order = PlaceHold(record, name, today() + timedelta(days=90), "法院来函", "诉讼未结")
    return place_hold(order, actor=actor or make_head())


@pytest.mark.requirement("U9")
@pytest.mark.requirement("T36")
def test_a_hold_that_comes_after_the_approval_still_keeps_the_record():
    report = make_old_report(narrative="留下来的话")
    [item] = approved(report.id)

    hold(report.reference)
    dispose_record(item, actor=MACHINE)

    row = row_of(report.id)
    assert (row.state, row.put_back_because) == (DisposalState.SCHEDULED, NotDisposed.HELD)
    assert db.session.get_one(Report, report.id).content is not None


def test_what_is_held_is_not_proposed():
    report = make_old_report()
    row = scheduled(report.id)
    hold(report.reference)

    with pytest.raises(RuleBroken, match="nothing-to-dispose"):
        propose_disposal(ProposeDisposal((row.id,)), actor=make_head())


def test_a_hold_that_comes_too_late_finds_nothing_to_hold():
    report = make_old_report()
    disposed(report.id)

    with pytest.raises(Disposed):
        hold(report.reference)


@pytest.mark.requirement("U9")
def test_whoever_placed_a_hold_does_not_lift_it_and_another_does():
    report, first, second = make_old_report(), make_head(), make_head()
    hold_id = hold(report.reference, actor=first)

    with pytest.raises(RuleBroken, match="hold-needs-second"):
        lift_hold(LiftHold(hold_id, "不需要了"), actor=first)
    lift_hold(LiftHold(hold_id, "判决已生效"), actor=second)

    assert db.session.get_one(Report, report.id).held_at is None
    with pytest.raises(NotFound):
        lift_hold(LiftHold(hold_id, "再来一次"), actor=second)


def test_the_database_refuses_one_person_who_places_and_lifts():
    hold(make_report(state=S.CLOSED).reference)
    forged = update(LegalHold).values(
        lifted_person=LegalHold.placed_person, lifted_at=LegalHold.placed_at
    )

    with pytest.raises(IntegrityError):
        db.session.execute(forged)
    db.session.rollback()


def test_there_is_one_hold_at_a_time():
    report = make_report(state=S.ACCEPTED)
    hold(report.reference)

    with pytest.raises(RuleBroken, match="held-already"):
        hold(report.reference)


@pytest.mark.parametrize("who", [make_officer, lambda: make_head("CULTURE_ENF@320402")])
def test_a_hold_is_for_those_who_may_dispose_and_see_the_record(who):
    report = make_report(state=S.CLOSED)
    hold_id = hold(make_report(state=S.CLOSED).reference)

    with pytest.raises((NotFound, NotPermitted)):
        hold(report.reference, actor=who())
    with pytest.raises((NotFound, NotPermitted)):
        lift_hold(LiftHold(hold_id, "理由"), actor=who())


def test_a_hold_on_a_case_keeps_its_reports_and_one_on_a_report_its_case():
    officer = make_officer()
    reports = [make_old_report(state=S.ACCEPTED, officer=officer) for _one in range(2)]
    numbers = [make_old_case(one, officer=officer) for one in reports]
    rows = [scheduled(reports[0].id), scheduled(get_case_id(numbers[1]))]
    hold(numbers[0], RecordKind.CASE)
    hold(reports[1].reference)

    found = find_obstacles(db.session(), rows, today())

    assert set(found.values()) == {NotDisposed.HELD}
    assert len(found) == 2


def test_words_about_others_wait_for_the_end_of_a_hold_and_go_then():
    report = make_report(columns={"flags": ["purge_third_party_pii"]})
    close_unrouted(CloseUnrouted(report.reference, "unrouted.out-of-scope"), actor=make_clerk())
    unit = db.session.get_one(Report, report.id).department_code
    hold_id = hold(report.reference, actor=make_head(unit))
    before = db.session.get_one(Report, report.id).content_key

    erase_after_waiting(report.id, actor=MACHINE)
    assert db.session.get_one(Report, report.id).content_key == before

    lift_hold(LiftHold(hold_id, "判决已生效"), actor=make_head(unit))
    pending = select(Task.dedupe).where(
        Task.kind == TaskKind.ERASE_WORDS, Task.state == TaskState.PENDING
    )
    assert any("hold:" in one for one in db.session.scalars(pending))
    erase_after_waiting(report.id, actor=MACHINE)
    assert db.session.get_one(Report, report.id).content_key != before


@pytest.mark.requirement("U9")
def test_an_identity_goes_by_its_own_time_unless_it_is_held_and_its_reporter_is_never_held():
    held, free = (make_old_report(days=900, **NAMED) for _one in range(2))
    hold(held.reference)
    assert scheduled(free.id).identity_on < today() < row_of(free.id).due_on

    assert erase_old_identities(actor=Actor.system("erase-old-identities")) == 1

    assert db.session.get(ReporterIdentity, free.id) is None
    assert db.session.get(ReporterIdentity, held.id) is not None
    assert db.session.get_one(Report, free.id).content is not None
    told = select(AuditEvent.details).where(AuditEvent.action == "identity.destroy")
    assert db.session.scalars(told).one() == {"fields": "name,phone", "reason": "schedule"}
    erase_identity(held.id, actor=Actor.public())
    assert db.session.get(ReporterIdentity, held.id) is None
