"""A tip and a complaint about the same target are linked by themselves, in either order (F16)."""

import pytest
from sqlalchemy import delete, select

from portal.audit.models import AuditEvent
from portal.casework.service.merging import (
    MergeReports,
    RelateReports,
    UndoRelation,
    keep_apart,
    merge_reports,
    undo_relation,
)
from portal.infra.database import db
from portal.infra.uow import unit_of_work
from portal.intake.lead_models import ExclusionCause
from portal.intake.models import Report, ReportKind
from portal.kernel.actor import Actor, Role
from portal.kernel.errors import RuleBroken
from portal.triage.attaching import MOST_ATTACHED
from portal.triage.models import LikenessKey, LikenessOffer, ReportRelation
from portal.triage.service import triage_report
from portal.triage.states import RelationKind
from portal.triage.wall import exclude
from tests.factories.accounts import actor_of, make_account
from tests.factories.intake import submit
from tests.integration.at_the_desk import counted as counted  # noqa: PLC0414  # a fixture

SYSTEM = Actor.system("test")
PAGE = "https://pirate.example/book/1?id=7"
TIP = "这个网址在传播盗版小说。"
COMPLAINT = "著作权投诉：未经许可提供全书下载。"
SHOP = "武进区湖塘镇常乐路12号“星光音像店”"

pytestmark = [pytest.mark.usefixtures("app"), pytest.mark.requirement("F16")]


def received(kind, narrative="", **changes):
    said = narrative or (COMPLAINT if kind is ReportKind.COMPLAINT else TIP)
    sent = submit(kind=kind, narrative=said, **changes)
    return db.session.get_one(Report, sent.report_id)


def triaged(kind, narrative="", **changes):
    report = received(kind, narrative, **changes)
    triage_report(report.id, actor=SYSTEM)
    db.session.expire_all()
    return report


def tip(*given, **changes):
    return triaged(ReportKind.TIP, *given, **changes)


def complaint(*given, **changes):
    return triaged(ReportKind.COMPLAINT, *given, **changes)


def links():
    live = select(ReportRelation).where(ReportRelation.undone_at.is_(None))
    return list(db.session.scalars(live))


def officer():
    return actor_of(make_account(Role.SUPERVISOR, department="SUPERVISION@000000", region="000000"))


@pytest.mark.parametrize("order", [(tip, complaint), (complaint, tip)])
def test_whichever_comes_first_the_two_are_linked_and_both_stay_as_they_are(order):
    first, second = (make(urls=(PAGE,)) for make in order)

    (made,) = links()

    assert (made.leading_id, made.following_id) == (first.id, second.id)
    assert (made.kind, made.reasons, made.decided_by) == (
        RelationKind.LINKED,
        ["same-address"],
        None,
    )
    assert first.merged_into is second.merged_into is None
    assert second.duplicate_of is None or order[1] is tip
    told = select(AuditEvent.subject_id).where(AuditEvent.action == "report.linked")
    assert set(db.session.scalars(told)) == {first.id, second.id}


def test_what_was_routed_before_targets_were_kept_is_offered_and_not_linked():
    earlier = tip(urls=(PAGE,))
    db.session.execute(delete(LikenessKey).where(LikenessKey.kind == "target"))
    db.session.commit()

    later = complaint(urls=(PAGE,))

    offered = select(LikenessOffer.other_id).where(LikenessOffer.report_id == later.id)
    assert (links(), list(db.session.scalars(offered))) == ([], [earlier.id])


@pytest.mark.parametrize(
    "named",
    [
        "http://www.pirate.example/book/1/?id=7",
        "https://PIRATE.example:443/book/1?id=7",
    ],
)
def test_an_address_is_the_same_however_it_was_typed(named):
    complaint(urls=(PAGE,))

    tip(f"我发现 {named} 在传播盗版小说。")

    assert [made.reasons for made in links()] == [["same-address"]]


@pytest.mark.parametrize(
    "other",
    [
        "https://pirate.example/book/1?id=8",
        "https://pirate.example/book/1",
        "https://pirate.example/",
        "https://other.example/book/1?id=7",
        "https://pirate.example:8443/book/1?id=7",
    ],
)
def test_what_is_less_sure_stays_an_offer_at_most(other):
    complaint(urls=(PAGE,))

    tip(urls=(other,))

    assert links() == []


def test_another_address_that_a_complaint_names_in_its_words_is_not_its_target():
    tip(urls=("https://publisher.example/book/1",))

    complaint(f"{COMPLAINT}原作网址：https://publisher.example/book/1", urls=(PAGE,))

    assert links() == []


def test_the_front_page_of_where_everybody_trades_is_nobodys_target():
    complaint(urls=("https://www.taobao.com/",))

    tip(urls=("https://taobao.com",))

    assert links() == []


def test_one_venue_in_one_house_of_one_place_is_one_target():
    report = complaint(COMPLAINT, place=SHOP)
    told = tip(f"{SHOP}卖盗版光盘。")

    assert report.region == told.region
    assert [set(made.reasons) for made in links()] == [{"same-venue", "same-house"}]


@pytest.mark.parametrize(
    "said",
    [
        "武进区湖塘镇常乐路14号“星光音像店”卖盗版光盘。",
        "武进区湖塘镇“星光音像店”卖盗版光盘。",
        "“星光音像店”卖盗版光盘。",
        f"{SHOP}和“月光书店”都卖盗版光盘。",
    ],
)
def test_another_house_no_house_no_place_or_two_venues_are_not_surely_the_same(said):
    complaint(COMPLAINT, place=SHOP)

    tip(said)

    assert links() == []


def test_two_tips_or_two_complaints_are_not_linked_by_themselves():
    for kind in (ReportKind.TIP, ReportKind.COMPLAINT):
        page = f"https://pirate.example/{kind.value}"
        triaged(kind, urls=(page,))
        triaged(kind, urls=(page,))

    assert links() == []


@pytest.mark.parametrize("wall", ["restricted", "conflict"])
@pytest.mark.parametrize("order", [(tip, complaint), (complaint, tip)])
def test_nothing_is_linked_across_a_wall(order, wall):
    first = order[0](urls=(PAGE,))
    setattr(first, wall, True)
    db.session.commit()

    order[1](urls=(PAGE,))

    assert links() == []


def test_nothing_is_linked_to_what_somebody_must_not_know_of():
    first = tip(urls=(PAGE,))
    kept_out = make_account(Role.CASE_OFFICER)
    with unit_of_work(SYSTEM) as uow:
        exclude(uow, uow.session.get_one(Report, first.id), {kept_out.id: ExclusionCause.DECLARED})

    complaint(urls=(PAGE,))

    assert links() == []


def test_a_person_ends_such_a_link_with_a_reason_and_it_does_not_come_back():
    first, second = tip(urls=(PAGE,)), complaint(urls=(PAGE,))
    (made,) = links()
    somebody = officer()

    with pytest.raises(RuleBroken, match="say-why-apart"):
        undo_relation(UndoRelation(first.reference, made.id), actor=somebody)
    with pytest.raises(RuleBroken, match="say-why-apart"):
        keep_apart(RelateReports(first.reference, second.reference), actor=somebody)
    keep_apart(RelateReports(first.reference, second.reference, "两本书"), actor=somebody)

    (apart,) = links()
    assert apart.kind is RelationKind.APART
    assert "same-address" in apart.reasons
    assert (apart.decided_by, bool(apart.note)) == (somebody.id, True)
    assert made.undone_by == somebody.id


def test_of_reports_that_are_merged_each_keeps_its_own_link():
    leading, following = tip(urls=("https://pirate.example/2",)), tip(urls=(PAGE,))
    merge_reports(MergeReports(leading.reference, following.reference), actor=officer())

    report = complaint(urls=(PAGE,))

    linked = [made for made in links() if made.kind is RelationKind.LINKED]
    assert [(made.leading_id, made.following_id) for made in linked] == [(following.id, report.id)]


def test_a_tip_among_very_many_complaints_is_found_and_links_are_bounded(monkeypatch):
    monkeypatch.setattr("portal.triage.likeness.MOST_PER_KEY", 3)
    told = tip(urls=(PAGE,))
    rows = [complaint(f"{COMPLAINT}第{number}种作品。", urls=(PAGE,)) for number in range(5)]

    assert {made.following_id for made in links()} == {one.id for one in rows}
    assert {made.leading_id for made in links()} == {told.id}
    monkeypatch.setattr("portal.triage.attaching.MOST_ATTACHED", 2)
    tip(urls=(PAGE,))
    assert len(links()) == 5 + 2
    assert MOST_ATTACHED == 10


def test_a_row_that_shares_no_target_asks_nothing_more(counted):
    complaint(urls=("https://pirate.example/warm",))
    alone = received(ReportKind.COMPLAINT, urls=("https://pirate.example/1",))
    tip(urls=("https://pirate.example/2",))
    beside = received(ReportKind.COMPLAINT, urls=("https://pirate.example/2",))
    with counted() as plain:
        triage_report(alone.id, actor=SYSTEM)
    with counted() as linked:
        triage_report(beside.id, actor=SYSTEM)

    assert not [one for one in plain if "report_relation" in one]
    assert len(linked) - len(plain) <= 12, [*linked]
