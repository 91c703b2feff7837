"""The pages on which officials change the place."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from portal.administration.fields import Look, asked_of
from portal.administration.words import FIELDS
from portal.infra.database import db
from portal.jurisdiction.changing import ProposeChange, list_drafts, propose_change
from portal.jurisdiction.parts import PARTS, entries_of, find_row
from portal.jurisdiction.queries import current_place
from portal.kernel.actor import Actor, Role
from portal.triage.models import RoutingDecision, RoutingPreview
from portal.triage.service import triage_report
from tests.factories.accounts import actor_of, enter_desk, make_account
from tests.factories.intake import submit
from tests.integration.counting import counted
from tests.pages import Pages

pytestmark = pytest.mark.usefixtures("app")
HOME = "/desk/place"
WUJIN = f"{HOME}/tables/departments/change/CULTURE_ENF@320412"
WHY = "Decided by the office on Monday"


def signed_in(app, role=Role.ADMINISTRATOR, language="en"):
    pages = Pages(app, language)
    account = make_account(role)
    enter_desk(pages, account)
    return pages, actor_of(account)


def send(pages, path, fields):
    page = pages.get(path)
    return pages.post(page, fields, form="main form[novalidate]")


@pytest.mark.parametrize("language", ["en", "zh-Hans"])
def test_every_table_has_a_page_and_every_first_row_a_page_and_a_form(app, language):
    pages, _actor = signed_in(app, language=language)
    assert len(pages.get(HOME).find("[data-row]")) == len(PARTS)

    for name, rows in entries_of(current_place()).items():
        assert pages.get(f"{HOME}/tables/{name}").status == 200
        assert name == "pack" or pages.get(f"{HOME}/tables/{name}/new").status == 200
        for key in list(rows)[:1]:
            assert pages.get(f"{HOME}/tables/{name}/row/{key}").status == 200
            assert pages.get(f"{HOME}/tables/{name}/change/{key}").status == 200


@pytest.mark.parametrize("name", PARTS)
def test_saving_a_form_as_it_came_changes_nothing(app, name):
    pages, actor = signed_in(app)

    for key in list(entries_of(current_place())[name])[:2]:
        path = f"{HOME}/tables/{name}/change/{key}"
        assert send(pages, path, {}).path == f"{HOME}/tables/{name}"

    assert list_drafts(db.session(), actor) == []


def test_a_unit_is_renamed_on_the_pages_with_a_reason(app):
    pages, _actor = signed_in(app)

    send(pages, WUJIN, {"f_name": "武进区综合执法大队"})
    page = pages.get(f"{HOME}/changes")
    assert "武进区综合执法大队" in page.text("main")
    page = send(pages, f"{HOME}/changes", {"reason": WHY})

    assert WHY in page.text("main")
    assert current_place().departments["CULTURE_ENF@320412"].name.zh == "武进区综合执法大队"
    history = pages.get(f"{HOME}/tables/departments/row/CULTURE_ENF@320412").text("main")
    assert WHY in history
    assert "武进区文化市场综合执法大队" in history


def test_what_is_wrong_is_said_at_its_field_and_what_was_typed_stays(app):
    pages, actor = signed_in(app)
    rule = current_place().rules[1].id
    path = f"{HOME}/tables/routing/change/{rule}"

    page = send(pages, path, {"f_sentence_en": "", "f_basis_zh": "第一条", "f_basis_en": "art. 1"})
    assert (page.text("#f_basis_zh"), page.text("#f_basis_en")) == ("第一条", "art. 1")
    terms = f"{HOME}/tables/categories/change/piracy.print"
    page = send(pages, terms, {"f_terms": "盗版 书 3\n盗版 书 4"})
    assert "Line 2 has a word that stands above already" in page.text("#f_terms-error")
    page = send(pages, terms, {"f_terms": "x ="})
    assert "Line 1 cannot be read" in page.text("#f_terms-error")
    page = send(pages, terms, {"f_terms": "x 11"})
    assert "line 1" in page.text("#f_terms-error")
    page = send(pages, path, {"f_sentence_en": ""})
    assert page.status == 422
    assert "is missing" in page.text("#f_sentence_en-error")
    assert list_drafts(db.session(), actor) == []


def test_what_is_wrong_is_said_in_the_language_of_the_reader(app):
    pages, _actor = signed_in(app, language="zh-Hans")
    path = f"{HOME}/tables/routing/change/software"

    refused = send(pages, f"{HOME}/tables/categories/change/piracy.print", {"f_terms": "[broken"})
    assert "无法识别" in refused.text("main")
    refused = send(pages, f"{HOME}/tables/routing/new", {"f_id": "software office"})
    assert "“software office”不能作代码" in refused.text("#f_id-error")
    send(pages, path, {"f_lead": "MARKET", "f_support": "MARKET"})
    wrong = pages.get(f"{HOME}/changes").text("main")

    assert "“MARKET”已经是主办单位" in wrong
    assert "is not known" not in wrong


def test_the_effect_is_shown_and_the_reports_can_be_opened(app):
    pages, _actor = signed_in(app, Role.SUPERVISOR)
    sent = submit(narrative="示例路书店卖盗版书", category="piracy.print", region="320412")
    triage_report(sent.report_id, actor=Actor.system("test"))
    rule = db.session.scalars(select(RoutingDecision.rule_id)).one()

    send(
        pages,
        f"{HOME}/tables/routing/change/{rule}",
        {"f_lead": "MARKET", "f_support": None},
    )
    page = pages.get(f"{HOME}/changes")

    assert len(page.find("[data-move]")) == 1
    page = pages.post(page, {}, form=f"form[action={HOME}/changes/try/1000]")
    assert page.path.startswith("/desk/triage/preview/")
    page = pages.get(f"{HOME}/changes")
    pages.post(page, {}, form=f"form[action={HOME}/changes/try/100000]")
    bounds = set(db.session.scalars(select(RoutingPreview.bound)))
    assert bounds == {1_000, 100_000}


@pytest.mark.requirement("F15")
@pytest.mark.requirement("U31")
def test_a_year_of_holidays_is_entered_at_once_and_a_wrong_line_is_named(app):
    pages, actor = signed_in(app)
    year = current_place().calendar.last_year + 1
    good = f"{year}-01-01,holiday,元旦,New Year\n{year}-02-07,make-up-workday,补班,Work"

    page = send(
        pages, f"{HOME}/tables/calendar/several", {"lines": f"{good}\n{year}-02-30,holiday,x,x"}
    )
    assert page.status == 422
    assert "Line 3" in page.text("#lines-error")
    send(pages, f"{HOME}/tables/calendar/several", {"lines": good})

    assert [one.key for one in list_drafts(db.session(), actor)] == [
        f"{year}-01-01",
        f"{year}-02-07",
    ]


@pytest.mark.parametrize("language", ["zh-Hans", "en"])
def test_of_several_new_rows_none_is_kept_if_one_is_there_or_stands_twice(app, language):
    pages, actor = signed_in(app, language=language)
    year = current_place().calendar.last_year + 1
    fresh = f"{year}-01-01,holiday,元旦,New Year"
    several = f"{HOME}/tables/calendar/several"

    for day, other in (
        (f"{year}-01-01", f"{year}-01-01,make-up-workday,补班,Work"),
        ("2026-01-01", "2026-01-01,holiday,元旦,New Year"),
    ):
        page = send(pages, several, {"lines": f"{fresh}\n{other}"})

        assert page.status == 422
        assert f"“{day}”" in page.text(".govuk-error-summary")
        assert fresh in page.one("#lines").text
        assert list_drafts(db.session(), actor) == []


@pytest.mark.parametrize("language", ["zh-Hans", "en"])
def test_regions_of_one_name_say_where_each_lies(app, language):
    pages, _actor = signed_in(app, language=language)
    name, city = ("鼓楼区", "徐州市") if language == "zh-Hans" else ("Gulou District", "Xuzhou")

    rows = [one.text for one in pages.get(f"{HOME}/tables/regions?words={name}").find("[data-row]")]

    assert len(rows) == 4
    assert len([row for row in rows if city in row]) == 1


def test_every_wrong_line_is_named_and_leads_to_the_lines(app):
    pages, _actor = signed_in(app, language="zh-Hans")
    wrong = "2028-13-01,holiday,元旦\n2028-01-02,feast,元旦,New Year"

    page = send(pages, f"{HOME}/tables/calendar/several", {"lines": wrong})

    said = [link.text for link in page.find(".govuk-error-summary a[href='#lines']")]
    assert len(said) == 3
    assert "第 1 行：日期：“2028-13-01”不是日期" in said[1]
    assert said[2].startswith("第 2 行：类型：没有“feast”这个代码")


@pytest.mark.parametrize(
    ("language", "part", "key", "said"),
    [
        ("zh-Hans", "routing", "software", ["文化市场综合执法（CULTURE_ENF）", "类别是"]),
        ("en", "routing", "software", ["Culture market enforcement (CULTURE_ENF)", "category is"]),
        ("zh-Hans", "clocks", "child_abuse_triage_at_once", ["收到来件", "上报上级单位"]),
        ("en", "clocks", "child_abuse_triage_at_once", ["received", "Tell the unit above"]),
        ("zh-Hans", "categories", "piracy.av_physical", ["销售盗版光盘、唱片", "Selling pirated"]),
        ("en", "regions", "320412", ["Changzhou, Jiangsu (320400)", "County or district"]),
    ],
)
def test_a_row_is_read_in_words_and_not_in_codes(app, language, part, key, said):
    pages, _actor = signed_in(app, language=language)

    page = pages.get(f"{HOME}/tables/{part}/row/{key}").text("main")

    assert [words for words in said if words not in page] == []
    assert "{'" not in page


def test_a_draft_that_cannot_be_understood_is_read_as_it_stands(app):
    pages, actor = signed_in(app)
    software = find_row(current_place(), PARTS["routing"], "software")
    odd = {**software, "when": {"colour": ["red"], "region": ["nowhere"]}}

    propose_change(ProposeChange("routing", (odd,)), actor=actor)
    page = pages.get(f"{HOME}/changes").text("main")

    assert "colour = red" in page
    assert "'colour' is not known" in page


def test_a_planned_version_is_listed_and_withdrawn(app):
    pages, _actor = signed_in(app)
    send(pages, WUJIN, {"f_name": "武进区综合执法大队"})
    later = (datetime.now(UTC) + timedelta(days=3)).strftime("%Y-%m-%dT%H:%M")

    page = send(pages, f"{HOME}/changes", {"reason": WHY, "starts_at": later})

    assert "Planned" in page.text("main")
    assert "Planned" in pages.get(HOME).text("main")
    page = pages.post(page, {}, form="main form[method=post]")
    assert "Withdrawn" in page.text("main")
    assert "Withdrawn" in pages.get(f"{HOME}/versions").text("main")


@pytest.mark.parametrize("reason", ["x", "x" * 9, " " * 20 + "x" * 9])
def test_a_reason_that_is_too_short_is_asked_for_again_and_publishes_nothing(app, reason):
    pages, actor = signed_in(app)
    send(pages, WUJIN, {"f_name": "武进区综合执法大队"})

    page = send(pages, f"{HOME}/changes", {"reason": reason})

    assert page.status == 422
    assert "at least 10 characters" in page.text("main")
    assert list_drafts(db.session(), actor)


def test_a_reason_of_ten_characters_publishes(app):
    pages, actor = signed_in(app)
    send(pages, WUJIN, {"f_name": "武进区综合执法大队"})

    assert send(pages, f"{HOME}/changes", {"reason": "x" * 10}).status == 200
    assert list_drafts(db.session(), actor) == []


def test_nothing_is_planned_further_ahead_than_a_year(app):
    pages, actor = signed_in(app)
    send(pages, WUJIN, {"f_name": "武进区综合执法大队"})

    page = send(pages, f"{HOME}/changes", {"reason": WHY, "starts_at": "9999-12-31T23:59"})

    assert page.status == 422
    assert "within a year" in page.text("body"), page.text("body")
    assert list_drafts(db.session(), actor)


def test_whoever_is_second_sees_the_page_again_with_the_reason_typed(app):
    pages, _actor = signed_in(app)
    other, _other = signed_in(app, Role.SUPERVISOR)
    send(pages, WUJIN, {"f_name": "武进区综合执法大队"})
    send(
        other,
        f"{HOME}/tables/departments/change/CULTURE_ENF@320400",
        {"f_name": "常州市执法支队"},
    )
    late = other.get(f"{HOME}/changes")
    send(pages, f"{HOME}/changes", {"reason": WHY})

    page = other.post(late, {"reason": "Another good reason"}, form="main form[novalidate]")

    assert page.status == 409
    assert "Another good reason" in page.text("#reason")
    page = other.post(page, {}, form="main form[novalidate]")
    assert page.status == 200


def test_staff_read_the_tables_and_change_nothing(app):
    pages, _actor = signed_in(app, Role.AUDITOR)

    page = pages.get(f"{HOME}/tables/routing")

    assert page.status == 200
    assert page.find("main form[method=post]") == []
    for path in (WUJIN, f"{HOME}/changes", f"{HOME}/tables/routing/new"):
        assert pages.get(path).status == 403


def test_what_is_not_there_answers_as_such(app):
    pages, _actor = signed_in(app)

    for path in (
        "tables/nothing",
        "tables/routing/row/nothing",
        "tables/routing/change/nothing",
        "tables/routing/several",
        "versions/999",
    ):
        assert pages.get(f"{HOME}/{path}").status == 404


@pytest.mark.usefixtures("known_place")
@pytest.mark.parametrize("name", ["delegations", "townships"])
def test_a_page_of_a_table_takes_as_many_statements_for_no_row_as_for_thousands(app, name):
    pages, _actor = signed_in(app)
    pages.get(f"{HOME}/tables/{name}")

    with counted() as seen:
        pages.get(f"{HOME}/tables/{name}")

    reading = [words for words in seen if words.lstrip().startswith("SELECT")]
    assert len(reading) <= 5, reading


@pytest.mark.parametrize("language", ["en", "zh-Hans"])
def test_a_question_and_an_emergency_number_are_entered_in_fields_and_taken_out_again(
    app, language
):
    pages, actor = signed_in(app, language=language)
    category = f"{HOME}/tables/categories/change/other.unclear"
    asked = {
        "f_question_0_code": "how_known",
        "f_question_0_text_zh": "您是怎么知道的？",
        "f_question_0_text_en": "How do you know?",
        "f_question_0_kind": "choice",
        "f_question_0_choices": "seen | 亲眼看见 | I saw it\ntold | 听人说的 | I was told",
    }

    broken = send(pages, category, {**asked, "f_question_0_choices": "seen | 亲眼看见"})
    send(pages, category, asked)
    head = pages.get(f"{HOME}/tables/pack/change/pack")
    count = len(current_place().emergency)
    fresh = {
        f"f_emergency_{count}_number": "119",
        f"f_emergency_{count}_name_zh": "火警",
        f"f_emergency_{count}_name_en": "Fire",
    }
    emptied = {f"f_emergency_0_{part}": "" for part in ("number", "name_zh", "name_en")}
    pages.post(head, {**fresh, **emptied}, form="main form[novalidate]")

    drafts = {one.part: one.after for one in list_drafts(db.session(), actor)}
    assert broken.status == 422
    [question] = drafts["categories"]["question"]
    assert question["choices"][1] == {
        "code": "told",
        "text": {"zh": "听人说的", "en": "I was told"},
    }
    numbers = [one["number"] for one in drafts["pack"]["emergency"]]
    assert numbers == [*(one.number for one in current_place().emergency[1:]), "119"]


def test_a_level_of_a_scheme_stays_uncompleted_until_it_is_ticked_with_its_figure(app):
    pages, actor = signed_in(app, language="zh-Hans")
    path = f"{HOME}/tables/schemes/change/sweep-2018"

    form = pages.get(path)
    assert "占罚没款的比例" in form.text("label[for=f_levels_1_rate]")
    assert not form.has("#f_levels_1_complete[checked]")
    send(pages, path, {"f_levels_1_rate": "200"})
    send(pages, path, {"f_source": "现行文本"})
    early = list_drafts(db.session(), actor)[0].after["levels"]
    refused = pages.get(f"{HOME}/changes")
    send(pages, path, {"f_levels_1_complete": True})
    ticked = list_drafts(db.session(), actor)[0].after["levels"]
    offered = pages.get(f"{HOME}/changes")
    send(pages, path, {"f_levels_0_complete": None, "f_levels_0_most": ""})
    last = list_drafts(db.session(), actor)[0].after["levels"]

    assert [one["complete"] for one in early] == [True, False, False, False]
    assert (early[1]["rate"], ticked[1]["complete"], ticked[1]["rate"]) == (200, True, 200)
    assert "2：占罚没款的比例" in refused.text("main")
    assert not refused.has("[name=reason]")
    assert offered.has("[name=reason]")
    assert [one["complete"] for one in last] == [False, True, False, False]


@pytest.mark.parametrize("name", PARTS)
def test_every_field_of_an_entry_is_called_by_words_and_not_by_its_code(name):
    entries = [one for one in asked_of(PARTS[name], is_new=True) if one.look is Look.ENTRIES]
    named = [(f"{one.name}.{sub.name}", sub.name) for one in entries for sub in one.inner]

    assert [whole for whole, alone in named if not {whole, alone} & FIELDS.keys()] == []
