"""The pages of what takes two people, of conditions, of moving rows and of earlier versions."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from portal.infra.database import db
from portal.jurisdiction.change_models import PlaceRequest
from portal.jurisdiction.changing import ProposeChange, list_drafts, propose_change
from portal.jurisdiction.parts import PARTS, entries_of, find_row
from portal.jurisdiction.queries import current_place
from portal.kernel.actor import Actor, Role
from portal.triage.service import triage_report
from tests.factories.accounts import actor_of, enter_desk, make_account
from tests.factories.intake import submit
from tests.integration.counting import counted
from tests.pages import Pages

pytestmark = pytest.mark.usefixtures("app")
HOME = "/desk/place"
WHY = "Decided by the office on Monday"
SOFTWARE = f"{HOME}/tables/routing/change/software"
MARKET = {"f_lead": "MARKET", "f_support": None}


def signed_in(app, role=Role.ADMINISTRATOR, language="en", **more):
    pages = Pages(app, language)
    account = make_account(role, **more)
    enter_desk(pages, account)
    return pages, actor_of(account)


def send(pages, path, fields):
    return pages.post(pages.get(path), fields, form="main form[novalidate]")


def hand_in(pages):
    """Hand a routing row in; return the path of its page."""
    send(pages, SOFTWARE, MARKET)
    send(pages, f"{HOME}/changes", {"reason": WHY})
    request = db.session.scalars(
        select(PlaceRequest.id).order_by(PlaceRequest.asked_at.desc()).limit(1)
    ).one()
    return f"{HOME}/waiting/{request}"


@pytest.mark.parametrize("language", ["zh-Hans", "en"])
def test_one_hands_in_and_another_sees_the_effect_and_publishes(app, language):
    pages, _actor = signed_in(app, language=language, display_name="示例甲")
    other, _other = signed_in(app, Role.SUPERVISOR, language, display_name="示例乙")
    sent = submit(narrative="示例路打字店装破解软件", category="piracy.software", region="320412")
    triage_report(sent.report_id, actor=Actor.system("test"))
    path = hand_in(pages)

    assert pages.get(path).find(f"form[action={path}/confirm]") == []
    assert "示例甲" in other.get(HOME).text("[data-waiting]")
    page = other.get(path)
    assert len(page.find("[data-move]")) == 1
    page = other.post(page, form=f"form[action={path}/confirm]")

    assert page.path == f"{HOME}/versions/{current_place().version}"
    assert "示例甲" in page.text()
    assert "示例乙" in page.text()
    assert "示例乙" in pages.get(f"{HOME}/tables/routing/row/software").text()
    assert pages.get(path).find("main form[action]") == []


def test_what_goes_back_says_why_on_the_page_of_whoever_handed_it_in(app):
    pages, actor = signed_in(app)
    other, _other = signed_in(app, Role.SUPERVISOR)
    path = hand_in(pages)
    assert "Waits for a second person" in pages.get(f"{HOME}/tables/routing").text()

    assert send(other, path, {"answer": ""}).status == 422
    send(other, path, {"answer": "The market office has not agreed"})

    assert "The market office has not agreed" in pages.get(f"{HOME}/changes").text()
    assert [one.key for one in list_drafts(db.session(), actor)] == ["software"]


def test_who_handed_it_in_takes_it_back_and_cannot_change_it_before(app):
    pages, actor = signed_in(app)
    path = hand_in(pages)

    refused = send(pages, SOFTWARE, {"f_lead": "POLICE"})
    assert refused.status == 422
    assert "take it back first" in refused.text("body")
    pages.post(pages.get(path), form=f"form[action={path}/take-back]")

    assert len(list_drafts(db.session(), actor)) == 1


def test_the_second_person_tries_what_was_handed_in(app):
    pages, _actor = signed_in(app)
    other, _other = signed_in(app, Role.SUPERVISOR)
    sent = submit(narrative="示例路打字店装破解软件", category="piracy.software", region="320412")
    triage_report(sent.report_id, actor=Actor.system("test"))
    path = hand_in(pages)

    page = other.post(other.get(path), form=f"form[action={path}/try/1000]")

    assert page.path.startswith("/desk/triage/preview/")
    assert len(page.find("[data-move]")) == 1


@pytest.mark.parametrize("language", ["zh-Hans", "en"])
def test_what_is_planned_is_shown_as_such_and_nothing_earlier_is_offered_to_be_published(
    app, language
):
    pages, _actor = signed_in(app, language=language)
    other, _other = signed_in(app, Role.SUPERVISOR, language)
    path = hand_in(pages)
    later = (datetime.now(UTC) + timedelta(days=3)).strftime("%Y-%m-%dT%H:%M")
    unit = f"{HOME}/tables/departments/change/CULTURE_ENF@320412"
    assert not pages.get(unit).find(".govuk-inset-text")
    send(other, unit, {"f_name": "武进区综合执法大队"})
    page = send(other, f"{HOME}/changes", {"reason": WHY, "starts_at": later})

    for shown in ("tables/departments", "tables/departments/row/CULTURE_ENF@320412"):
        assert other.get(f"{HOME}/{shown}").one(".govuk-inset-text a")["href"] == page.path
    history = other.get(f"{HOME}/tables/departments/row/CULTURE_ENF@320412").text("h3")
    assert {"zh-Hans": "待生效", "en": "Planned"}[language] in history
    waiting = other.get(path)
    assert waiting.find(".govuk-inset-text")
    assert waiting.find(f"form[action={path}/confirm]") == []


def test_the_first_row_goes_not_up_the_last_not_down_and_who_reads_no_reports_is_offered_no_list(
    app,
):
    pages, _actor = signed_in(app)
    other, _other = signed_in(app, Role.SUPERVISOR)
    rules = list(entries_of(current_place())["routing"])
    table = f"{HOME}/tables/routing"
    forms = [one["action"] for one in pages.get(table).find("td form")]
    assert f"{table}/up/{rules[0]}" not in forms
    assert f"{table}/down/{rules[0]}" in forms
    sent = submit(narrative="示例路打字店装破解软件", category="piracy.software", region="320412")
    triage_report(sent.report_id, actor=Actor.system("test"))

    path = hand_in(pages)

    tries = [f"form[action={path}/try/{number}]" for number in (1_000, 100_000)]
    assert [len(pages.get(path).find(one)) for one in tries] == [0, 1]
    assert [len(other.get(path).find(one)) for one in tries] == [1, 1]


def test_a_rule_is_said_by_its_sentence_with_the_code_beside_it(app):
    pages, _actor = signed_in(app, language="zh-Hans")
    sent = submit(narrative="示例路打字店装破解软件", category="piracy.software", region="320412")
    triage_report(sent.report_id, actor=Actor.system("test"))
    send(pages, SOFTWARE, MARKET)

    said = pages.get(f"{HOME}/changes").text("[data-move]")

    rule = next(rule for rule in current_place().rules if rule.id == "software")
    assert f"{rule.sentence.zh} software" in said


def test_conditions_are_ticked_and_one_more_is_opened_without_a_script(app):
    pages, actor = signed_in(app)

    page = send(pages, SOFTWARE, {"more": "flag.none"})
    assert page.status == 200
    assert page.find("input[name=f_when_flag-none]")
    assert list_drafts(db.session(), actor) == []
    pages.post(page, {"f_when_flag-none": ["import"]}, form="main form[novalidate]")

    (draft,) = list_drafts(db.session(), actor)
    assert draft.after["when"] == {"category": ["piracy.software"], "flag.none": ["import"]}


def test_a_condition_without_a_value_is_dropped(app):
    pages, actor = signed_in(app)
    path = f"{HOME}/tables/routing/change/software-made-for-sale"

    send(pages, path, {"f_when_secondary": None})

    (draft,) = list_drafts(db.session(), actor)
    assert draft.after["when"] == {"category": ["piracy.software"]}


@pytest.mark.parametrize(
    ("typed", "codes"),
    [("320412", ["320412"]), ("江苏省常州市武进区\n南京市", ["320412", "320100"])],
)
def test_regions_are_typed_by_code_or_name(app, typed, codes):
    pages, actor = signed_in(app)

    page = send(pages, SOFTWARE, {"more": "region.under"})
    pages.post(page, {"f_when_region-under": typed}, form="main form[novalidate]")

    (draft,) = list_drafts(db.session(), actor)
    assert draft.after["when"]["region.under"] == codes


@pytest.mark.parametrize(
    ("typed", "said"),
    [("火星市", "没有叫“火星市”的区划"), ("鼓楼区", "江苏省南京市鼓楼区 (320106)")],
)
def test_a_region_that_is_none_or_one_of_several_is_said_in_words(app, typed, said):
    pages, actor = signed_in(app, language="zh-Hans")

    page = send(pages, SOFTWARE, {"more": "region"})
    page = pages.post(page, {"f_when_region": typed}, form="main form[novalidate]")

    assert page.status == 422
    assert said in page.text("#f_when_region-error")
    assert list_drafts(db.session(), actor) == []


def test_what_is_chosen_from_another_table_is_offered_with_ones_own_drafts(app):
    pages, actor = signed_in(app)
    kind = find_row(current_place(), PARTS["department_kinds"], "MARKET")
    new = {**kind, "kind": "EXAMPLE", "name": "示例单位", "name_en": "Example office"}
    propose_change(ProposeChange("department_kinds", (new,), is_new=True), actor=actor)

    page = pages.get(SOFTWARE)

    assert "Example office (EXAMPLE)" in page.text("#f_lead")
    assert page.find("input[name=f_support][value=EXAMPLE]")


def test_a_row_that_was_moved_is_said_in_one_line(app):
    pages, _actor = signed_in(app)
    ids = [rule.id for rule in current_place().rules]

    send(pages, f"{HOME}/tables/routing/put/{ids[15]}", {"before": ids[11]})
    page = pages.get(f"{HOME}/changes").text()

    assert f"{ids[15]}: from place 16 to 12, before {ids[11]}" in page
    assert ids[20] not in page


def test_a_row_is_not_put_before_one_that_is_not_there(app):
    pages, _actor = signed_in(app)

    assert send(pages, f"{HOME}/tables/routing/put/software", {"before": "x"}).status == 422
    for path in ("routing/put/nothing", "departments/put/CULTURE_ENF@320412"):
        assert pages.get(f"{HOME}/tables/{path}").status == 404


def test_a_clock_has_a_name_in_its_list(app):
    pages, _actor = signed_in(app, language="zh-Hans")

    page = pages.get(f"{HOME}/tables/clocks").text()

    assert "分派：自“收到来件”起 2 个工作日" in page
    assert "–" not in page


def test_an_earlier_version_of_a_row_is_read_and_drafted_again(app):
    pages, actor = signed_in(app)
    first, key = current_place().version, "CULTURE_ENF@320412"
    old = current_place().departments[key].name.zh
    send(pages, f"{HOME}/tables/departments/change/{key}", {"f_name": "武进区综合执法大队"})
    send(pages, f"{HOME}/changes", {"reason": WHY})

    page = pages.get(f"{HOME}/tables/departments/row-in/{first}/{key}")
    assert old in page.text()
    assert page.path in pages.get(f"{HOME}/tables/departments/row/{key}").links()
    pages.post(page)

    assert [one.after["name"] for one in list_drafts(db.session(), actor)] == [old]


def test_what_a_withdrawn_version_changed_is_drafted_again_on_its_page(app):
    pages, actor = signed_in(app)
    send(
        pages,
        f"{HOME}/tables/departments/change/CULTURE_ENF@320412",
        {"f_name": "武进区综合执法大队"},
    )
    page = send(pages, f"{HOME}/changes", {"reason": WHY, "starts_at": "2027-03-01T08:00"})
    page = pages.post(page)

    page = pages.post(page)

    assert page.path == f"{HOME}/changes"
    assert len(list_drafts(db.session(), actor)) == 1


@pytest.mark.parametrize(
    ("language", "same", "other"),
    [
        ("en", "There is no difference", "Units: CULTURE_ENF@320412 – What it is called (Chinese)"),
        ("zh-Hans", "没有不同", "单位：CULTURE_ENF@320412"),
    ],
)
def test_versions_are_compared_also_one_with_itself(app, language, same, other):
    pages, _actor = signed_in(app, language=language)
    first = current_place().version
    send(
        pages,
        f"{HOME}/tables/departments/change/CULTURE_ENF@320412",
        {"f_name": "武进区综合执法大队"},
    )
    send(pages, f"{HOME}/changes", {"reason": WHY})
    now = current_place().version

    assert same in pages.get(f"{HOME}/versions/{now}/against/{now}").text()
    page = pages.get(f"{HOME}/versions/{now}/against/{first}").text()
    assert other in page
    assert "武进区综合执法大队" in page
    assert pages.get(f"{HOME}/versions/{now}/against/999").status == 404


def test_what_is_not_there_or_not_allowed_is_said_on_a_page_of_the_desk(app):
    pages, _actor = signed_in(app, Role.AUDITOR)

    for path, status in (("tables/nothing", 404), ("changes", 403), ("no/such/page", 404)):
        page = pages.get(f"{HOME}/{path}")
        assert page.status == status
        assert page.find(".sl-desk__main")
        assert HOME in page.links()


def test_the_page_of_drafts_takes_as_many_statements_whoever_waits(app):
    pages, _actor = signed_in(app)

    def statements():
        with counted() as seen:
            pages.get(f"{HOME}/changes")
        return len([words for words in seen if words.lstrip().startswith("SELECT")])

    before = statements()
    for _ in range(3):
        other, _other = signed_in(app)
        hand_in(other)

    assert statements() == before <= 8


def test_every_table_offers_what_its_codes_are_of(app):
    pages, _actor = signed_in(app)

    for name in ("departments", "delegations", "texts", "clocks", "categories", "pack"):
        key = next(iter(entries_of(current_place())[name]), "")
        page = pages.get(f"{HOME}/tables/{name}/{f'change/{key}' if key else 'new'}")
        assert "A code of the table" not in page.text()
