"""The macros that pages are built of."""

from datetime import UTC, date, datetime
from types import SimpleNamespace

import pytest
from flask import render_template_string
from html5lib import parseFragment

from portal.access.permissions import Permission
from portal.kernel.actor import Role
from portal.kernel.page import Page
from portal.web.language import speaking

RECORDS = '{% from "components/records.html" import summary, tag, clock, timeline, files %}'
DUE = date(2026, 10, 9)


@pytest.fixture
def show(site):
    def render(template, language="en", path="/", **context):
        with site.test_request_context(path), speaking(language):
            fragment = parseFragment(render_template_string(RECORDS + template, **context))
            return " ".join("".join(fragment.itertext()).split())

    return render


@pytest.mark.parametrize(
    ("arguments", "english", "chinese"),
    [
        ("due, 3", "by October 9, 2026, 3 working days left", "2026年10月9日到期，还剩 3 个工作日"),
        ("due, 1", "by October 9, 2026, 1 working day left", "2026年10月9日到期，还剩 1 个工作日"),
        ("due, 0", "by October 9, 2026, today", "2026年10月9日到期，就是今天"),
        ("due, -2, true", "overdue since October 9, 2026", "2026年10月9日到期，已逾期"),
        ("due, 3, false, true", "paused", "已暂停计时"),
    ],
)
def test_a_clock_says_until_when(show, arguments, english, chinese):
    template = "{{ clock(" + arguments + ") }}"

    assert show(template, due=DUE) == english
    assert show(template, "zh-Hans", due=DUE) == chinese


def test_a_summary_leaves_out_what_is_not_known_and_escapes_the_rest(show):
    template = '{{ summary([("Place", "<b>"), ("Name", none), ("Kind", "x", "/change")]) }}'

    assert show(template) == "Place <b> Kind x Change Kind"


def test_a_tag_shows_the_label_of_a_member(show):
    assert show("{{ tag(role) }}", "zh-Hans", role=Role.AUDITOR) == "审计人员"


def test_a_timeline_shows_when_and_by_whom(show):
    entry = SimpleNamespace(
        title="Routed", at=datetime(2026, 11, 22, 1, 5, tzinfo=UTC), by=None, text="by place"
    )

    assert show("{{ timeline(all) }}", all=[entry]) == "Routed November 22, 2026 09:05 by place"


@pytest.mark.parametrize(
    ("size", "shown"), [(0, "0 B"), (999, "999 B"), (1_234, "1.2 kB"), (5_600_000_000, "5.6 GB")]
)
def test_a_file_has_its_size_and_a_name_that_hides_nothing(show, size, shown):
    file = SimpleNamespace(name="a\u202egpj.exe", size=size, note=None, href="/x")

    assert show("{{ files([file]) }}", file=file) == f"a⟦RLO⟧gpj.exe {shown}"


def test_the_pager_keeps_the_filters_and_leads_both_ways(site):
    page = Page((1,), after=(3,), before=(1,))
    template = (
        '{% from "components/lists.html" import pager %}{{ pager(page, {"state": "routed"}) }}'
    )

    with site.test_request_context("/about?state=routed&after=x"), speaking("en"):
        html = render_template_string(template, page=page)

    assert 'href="/about?state=routed&amp;before=WzFd"' in html
    assert 'href="/about?state=routed&amp;after=WzNd"' in html


def test_an_unknown_name_in_a_template_is_an_error_and_not_an_empty_string(show):
    with pytest.raises(Exception, match="'nobody' is undefined"):
        show("{{ nobody }}")
    with pytest.raises(Exception, match="has no attribute"):
        show("{{ kind.nothing }}", kind=Permission.USE_DESK)


def test_the_configuration_is_out_of_reach_of_templates(show):
    with pytest.raises(Exception, match="'config' is undefined"):
        show("{{ config }}")
