"""Which reports are offered to each other, by what, and what that costs."""

import io
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from uuid import uuid4

import pytest
from PIL import Image, ImageDraw
from sqlalchemy import func, insert, select

from portal.evidence.models import PictureBand
from portal.evidence.service import erase, make_rendition
from portal.infra.database import db
from portal.infra.tasks import Task, TaskKind
from portal.infra.uow import unit_of_work
from portal.intake.models import Report, ReportFile
from portal.kernel.actor import Actor
from portal.triage import likeness
from portal.triage.likeness import StoredLikeness
from portal.triage.models import LikenessKey, LikenessOffer, ReportRelation
from portal.triage.pictures import compare_picture
from portal.triage.service import triage_report, triage_reports
from portal.triage.states import LikenessReason, RelationKind
from tests.factories.evidence import make_evidence
from tests.factories.intake import make_report, submit
from tests.integration.at_the_desk import counted as counted  # noqa: PLC0414  # a fixture

SYSTEM = Actor.system("test")
SHOP = "武进区湖塘镇常乐路12号“星光音像”卖盗版光盘，电话13800000001，天天从早开到晚，来往的人很多。"

pytestmark = pytest.mark.usefixtures("app")


def triaged(narrative=SHOP, **changes):
    sent = submit(narrative=narrative, **changes)
    triage_report(sent.report_id, actor=SYSTEM)
    db.session.expire_all()
    return db.session.get_one(Report, sent.report_id)


def offers(report):
    found = select(LikenessOffer).where(LikenessOffer.report_id == report.id)
    return {one.other_id: set(one.reasons) for one in db.session.scalars(found)}


def photo(seed=1, *, quality=90, size=(800, 600)):
    """A picture with shapes in it, as a camera packs it."""
    image = Image.new("RGB", (800, 600), (200, 180, 90))
    draw = ImageDraw.Draw(image)
    for number in range(30):
        x, y = (number * 131 * seed) % 800, (number * 97 * (seed + 3)) % 600
        grey = (number * 37 * seed) % 256
        draw.rectangle(
            (x, y, x + 60 + 3 * number, y + 40 + 5 * number), fill=(grey, 255 - grey, x % 256)
        )
    made = io.BytesIO()
    image.resize(size).save(made, "JPEG", quality=quality)
    return made.getvalue()


def with_picture(content, narrative):
    file = make_evidence(content)
    make_rendition(file.id, actor=SYSTEM)
    return triaged(narrative, files=(file.id,)), file


def test_what_agrees_is_said_by_code_and_quotes_nothing():
    first = triaged()

    second = triaged("还是那家“星光音像”，电话13800000001，请管一管。" + SHOP[:12])

    assert second.duplicate_of == first.id
    reasons = offers(second)[first.id]
    assert {"same-phone", "same-venue"} <= reasons
    assert reasons <= {reason.value for reason in LikenessReason}


def test_the_very_same_text_is_offered_as_that():
    first, second = triaged(), triaged()

    assert "same-text" in offers(second)[first.id]
    assert second.mass_of == first.id


def test_of_reports_that_are_merged_the_leading_one_is_offered():
    first, second = triaged(), triaged()
    second.merged_into = first.id
    db.session.commit()

    third = triaged()

    assert set(offers(third)) == {first.id}


def test_a_near_identical_photograph_is_found_whichever_was_looked_at_first():
    first, _file = with_picture(photo(), "甲店卖盗版书，店面朝南。")

    second, file = with_picture(photo(quality=40, size=(400, 300)), "乙处有人摆摊卖光盘。")
    other, _ = with_picture(photo(5), "丙处有人传销。")

    assert offers(second) == {first.id: {"same-picture"}}
    assert offers(other) == {}
    compare_picture(file.id, actor=SYSTEM)
    assert offers(second) == {first.id: {"same-picture"}}


def test_a_picture_that_comes_after_triage_is_compared_by_a_task():
    first, _file = with_picture(photo(), "甲店卖盗版书，店面朝南。")
    second = triaged("乙处有人摆摊卖光盘。")
    late = make_evidence(photo(quality=50))
    db.session.add(ReportFile(evidence_id=late.id, report_id=second.id))
    db.session.commit()

    make_rendition(late.id, actor=SYSTEM)
    waiting = select(Task.subject_id).where(Task.kind == TaskKind.COMPARE_PICTURE)
    assert late.id in db.session.scalars(waiting).all()
    compare_picture(late.id, actor=SYSTEM)

    assert offers(second) == {first.id: {"same-picture"}}


def test_a_picture_that_waits_with_a_draft_is_compared_with_nothing():
    file = make_evidence(photo())
    make_rendition(file.id, actor=SYSTEM)

    compare_picture(file.id, actor=SYSTEM)

    assert db.session.scalars(select(LikenessOffer)).all() == []


@pytest.mark.requirement("F13")
@pytest.mark.parametrize("column", ["restricted", "conflict"])
def test_a_picture_finds_no_report_that_is_closed_to_most(column):
    hidden, _file = with_picture(photo(), "甲店卖盗版书，店面朝南。")
    setattr(hidden, column, True)
    db.session.commit()

    bait, _ = with_picture(photo(), "乙处有人摆摊卖光盘。")

    assert offers(bait) == {}


def test_a_plain_picture_looks_like_no_other():
    made = io.BytesIO()
    Image.new("RGB", (300, 200), (250, 250, 250)).save(made, "PNG")
    file = make_evidence(made.getvalue(), "scan.png")

    make_rendition(file.id, actor=SYSTEM)

    assert db.session.scalars(select(PictureBand)).all() == []


def test_an_erased_picture_is_found_no_more():
    file = make_evidence(photo())
    make_rendition(file.id, actor=SYSTEM)
    assert len(db.session.scalars(select(PictureBand)).all()) >= 6

    with unit_of_work(SYSTEM) as uow:
        erase(uow, file.id)

    assert db.session.scalars(select(PictureBand)).all() == []


def test_a_full_bucket_costs_no_more_than_its_cap(monkeypatch):
    first = triaged()
    looked = StoredLikeness(db.session().connection(), uuid4())
    key = looked.blind("phone:13800000001")
    many = [submit(narrative="另一件事。").report_id for _ in range(5)]
    rows = [{"key": key, "report_id": one, "kind": "phone"} for one in many]
    db.session.execute(insert(LikenessKey), rows)
    asked = frozenset({"phone:13800000001", "house:常乐路#12"})
    everything = looked.look_up(asked, ()).by_key

    monkeypatch.setattr(likeness, "MOST_PER_KEY", 2)
    capped = looked.look_up(asked, ()).by_key

    assert len(everything) == 6
    assert len(capped) <= 3
    assert first.reference in {one.reference for one in capped}


def test_reports_routed_together_know_of_each_other_and_are_one_transaction(counted):
    triaged(
        "新区一家店铺卖盗版教材，天天都有人来买，价钱便宜。"
    )  # what is kept from now on is read
    ids = [submit(narrative=SHOP).report_id for _one in range(3)]

    with counted() as seen:
        triage_reports([*ids, uuid4()], actor=SYSTEM)

    db.session.expire_all()
    first, *others = (db.session.get_one(Report, one) for one in ids)
    assert [(one.duplicate_of, one.mass_of) for one in others] == [(first.id, first.id)] * 2
    assert first.mass_of is None
    assert sum("INSERT INTO audit_event" in one for one in seen) == 1


def test_a_report_closed_to_most_is_not_met_by_those_routed_with_it():
    about_the_office = f"武进区文化市场综合行政执法大队的队长收了他们的钱。{SHOP}"
    ids = [submit(narrative=text).report_id for text in (about_the_office, SHOP)]

    triage_reports(ids, actor=SYSTEM)

    hidden, second = (db.session.get_one(Report, one) for one in ids)
    assert hidden.restricted or hidden.conflict
    assert (second.duplicate_of, second.mass_of, offers(second)) == (None, None, {})


def test_routing_a_report_that_nothing_is_like_takes_thirteen_statements(counted):
    triaged()  # what is kept from now on is read
    sent = submit(narrative="新区一家店铺卖盗版教材，天天都有人来买，价钱便宜。")

    with counted() as seen:
        triage_report(sent.report_id, actor=SYSTEM)

    assert len(seen) <= 13, seen


@pytest.mark.requirement("U35")
def test_a_report_sent_from_the_page_of_an_earlier_one_is_linked_with_it():
    first = triaged()

    second = triaged("又开了一家，在乙路。", follows=first.id)

    made = db.session.scalars(select(ReportRelation)).one()
    assert (made.leading_id, made.following_id) == (first.id, second.id)
    assert (made.kind, made.reasons) == (RelationKind.LINKED, ["same-reporter"])


def test_the_next_open_one_stands_for_the_mass_when_the_first_is_done_with():
    first, second, third = triaged(), triaged(), triaged()
    assert (second.mass_of, third.mass_of) == (first.id, first.id)
    first.merged_into = uuid4()
    db.session.commit()

    fourth = triaged()

    db.session.expire_all()
    assert (second.mass_of, third.mass_of, fourth.mass_of) == (None, second.id, second.id)


def test_a_text_that_is_closed_to_most_is_no_part_of_a_mass():
    hidden = triaged()
    hidden.restricted = True
    db.session.commit()

    second = triaged()

    assert second.mass_of is None
    assert db.session.scalar(select(func.count()).select_from(LikenessOffer)) == 0


def test_of_reports_with_one_text_at_once_one_comes_first_and_the_others_stand_behind_it(office):
    with office.app_context():
        ids = [submit(narrative=SHOP).report_id for _one in range(4)]
        db.session.remove()
    start = Barrier(4)

    def triage_one(report_id):
        with office.app_context():
            start.wait(timeout=60)
            triage_report(report_id, actor=SYSTEM)
            db.session.remove()

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(triage_one, ids))

    with office.app_context():
        behind = list(db.session.scalars(select(Report.mass_of).order_by(Report.id)))
        db.session.remove()
    assert behind.count(None) == 1
    assert len({*behind} - {None}) == 1


def test_of_reports_that_share_only_a_site_some_are_compared_and_all_that_share_more(monkeypatch):
    monkeypatch.setattr(likeness, "MOST_OF_A_SITE", 2)
    site, phone = "domain:books.example", "phone:13800000009"
    for number in range(5):
        stored, own = make_report(), {site, phone} if number == 3 else {site}
        StoredLikeness(db.session().connection(), stored.id).remember(frozenset(own), (), ())
    db.session.commit()

    looked = StoredLikeness(db.session().connection(), uuid4())
    found = looked.look_up(frozenset({site, phone}), ()).by_key

    assert sorted(len(one.shared) for one in found) == [1, 1, 2]


def test_what_is_found_by_keys_and_by_text_is_read_once_and_oldest_first(counted):
    reports = [make_report() for _one in range(2)]
    for stored in reports:
        stored_likeness = StoredLikeness(db.session().connection(), stored.id)
        stored_likeness.remember(frozenset({"phone:13800000009"}), (), (7, 8))
    db.session.commit()
    looked = StoredLikeness(db.session().connection(), uuid4())

    with counted() as seen:
        by_key, by_text = looked.look_up(frozenset({"phone:13800000009"}), (7, 8))

    assert [one.reference for one in by_key] == [one.reference for one in by_text]
    assert [one.reference for one in by_key] == [one.reference for one in reports]
    assert len(seen) == 2
