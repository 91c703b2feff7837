"""Ids of another organisation, in every address, query, form and sheet, are ids of nobody."""

import re
from urllib.parse import quote
from uuid import uuid4

import pytest
from sqlalchemy import select

from portal.counter_notices.models import CounterNotice, CounterNoticeComplaint
from portal.counter_notices.service.deciding import PassOn, pass_on
from portal.evidence.service import keep_files
from portal.infra.database import db
from portal.kernel.actor import Actor
from portal.rights_holders.forms.rows import FILTERS
from portal.rights_holders.models import (
    ApiToken,
    Complaint,
    ComplaintFile,
    ComplaintSheet,
    Membership,
    Organisation,
    OrganisationDomain,
    Work,
    WorkFile,
)
from portal.rights_holders.rules.identifiers import Scheme
from portal.rights_holders.rules.people import MemberRole
from portal.rights_holders.rules.sheets import COMPLAINT_COLUMNS
from portal.rights_holders.rules.webhooks import WebhookEvent
from portal.rights_holders.rules.works import WorkEntry, WorkKind
from portal.rights_holders.service.complaints import (
    FileComplaint,
    SendSheet,
    file_complaint_now,
    send_sheet,
)
from portal.rights_holders.service.domains import add_domain
from portal.rights_holders.service.news import spread_news
from portal.rights_holders.service.people import AddPerson, add_person
from portal.rights_holders.service.webhooks import AddWebhook, add_webhook
from portal.rights_holders.service.works import EnterWorks, enter_works
from portal.rights_holders.sheets import read_sheet
from portal.rights_holders.states import ComplaintState
from portal.rights_holders.webhook_models import Webhook, WebhookMessage
from portal.web.pagination import encode_cursor
from tests.factories.accounts import enter_desk
from tests.factories.rights_holders import (
    GOOD,
    make_organisation,
    make_outsider,
    make_token,
    outsider,
    some_file,
    workbook,
)
from tests.integration.counter_notices.conftest import Matter
from tests.pages import Pages

CANARY = "金丝雀他社秘籍"
HOOKS = ("https://hooks.example/1", "https://hooks.example/2")
ISBN, OTHER_ISBN = "978-7-02-000220-7", "978-7-02-000873-5"
OURS = re.compile(r"^/(rights-holders/<number>|track/complaint/|rights-holders/mine/)")


class Theirs:
    """An organisation that has something of everything, a counter-notice to answer included."""

    def __init__(self):
        spread_news(actor=Actor.system("clock"))
        matter = Matter()
        for hook in HOOKS:
            order = AddWebhook(matter.organisation.number, hook, tuple(WebhookEvent))
            add_webhook(order, actor=matter.actor)
        matter.counter()
        words = PassOn(matter.number, 1, (matter.row.id,), CANARY)
        pass_on(words, actor=matter.officer)
        self.matter, self.organisation, self.actor = matter, matter.organisation, matter.actor
        number = self.organisation.number
        sheet = read_sheet(workbook(("作品", "侵权网址"), ("无", CANARY)), COMPLAINT_COLUMNS)
        self.waiting = matter.complaint + send_sheet(
            SendSheet(number, sheet, "zh-Hans"), actor=self.actor
        )
        entry = WorkEntry(CANARY, WorkKind.BOOK, "", {Scheme.ISBN: ISBN}, ())
        enter_works(
            EnterWorks(number, (entry,), keep_files([some_file()], actor=self.actor)),
            actor=self.actor,
        )
        add_domain(number, "theirs.example", actor=self.actor)
        make_token(self.organisation, matter.person)
        asked = AddPerson(number, MemberRole.OWNER, sign_in_name=make_outsider().name)
        add_person(asked, actor=self.actor)
        spread_news(actor=Actor.system("clock"))

    def ids(self):
        """What the parts of an address are called, with what is theirs."""
        own = {"organisation_id": self.organisation.id}
        work = db.session.query(Work).filter_by(**own, number=2).one()
        proof = db.session.query(WorkFile).filter_by(work_id=work.id).one()
        webhook = db.session.query(Webhook).filter_by(**own, number=2).one()
        message = db.session.query(WebhookMessage).filter_by(webhook_id=webhook.id).first()
        asked = db.session.query(Membership).filter_by(**own, accepted_at=None).one()
        return {
            "complaint": self.waiting,
            "domain": db.session.query(OrganisationDomain).filter_by(**own).one().id,
            "file": proof.evidence_id,
            "member": asked.id,
            "message": message.number,
            "notice": db.session.query(CounterNotice).one().id,
            "sheet": 1,
            "token": db.session.query(ApiToken).filter_by(**own).one().id,
            "webhook": 2,
            "work": 2,
        }

    def kept(self):
        """All that is written down of them, to compare."""
        tables = (ApiToken, Complaint, ComplaintSheet, Membership, Organisation)
        tables += (OrganisationDomain, Webhook, WebhookMessage, Work, WorkFile)
        tables += (ComplaintFile, CounterNoticeComplaint)
        db.session.expire_all()
        return [
            sorted(repr(tuple(row)) for row in db.session.execute(select(table.__table__)))
            for table in tables
        ]


# What an address below an organisation may name, and what is no id of anybody's.
FIRST = {"complaint": 1, "webhook": 1, "work": 1}
NO_IDS = {"kind": "csv", "which": "works", "answer": "accept"}


FORM_TOKEN = re.compile(r'name="csrf_token"[^>]*>')
PART = re.compile(r"<(?:\w+(?:\([^)]*\))?:)?(\w+)>")


def below_ones_own(app, own, ids, least=1):
    """Every address of one's own organisation that names so much of it at least, with these ids."""
    values = {"number": own, **NO_IDS, **ids}
    for rule in app.url_map.iter_rules():
        named = rule.arguments - {"number"} - NO_IDS.keys()
        if OURS.match(rule.rule) and len(named) >= least:
            path = PART.sub(lambda part: str(values[part[1]]), rule.rule)
            yield from ((rule.rule, method, path) for method in (rule.methods & {"GET", "POST"}))


@pytest.fixture
def theirs(app):
    return Theirs()


@pytest.fixture
def mine(app, theirs):
    """A browser of somebody else's, the number of their organisation, and a form's token.

    The organisation has one work, one complaint and one webhook (`FIRST`).
    """
    person = make_outsider()
    own = make_organisation(person, works=1, name="我社")
    order = FileComplaint(own.number, {**GOOD, "url": "https://pirate.example/mine"}, "zh-Hans")
    file_complaint_now(order, actor=outsider(person))
    hook = AddWebhook(own.number, "https://hooks.example/mine", tuple(WebhookEvent))
    add_webhook(hook, actor=outsider(person))
    browser = Pages(app)
    enter_desk(browser, person)
    token = browser.get("/rights-holders/mine/add").find("[name=csrf_token]")[0]["value"]
    return browser, own.number, token


@pytest.mark.requirement("F16")
def test_each_id_of_another_organisation_answers_under_ones_own_as_an_id_of_nobody(
    app, theirs, mine
):
    """The addresses are those there are: a new part of an address must be entered in `ids`."""
    browser, own, token = mine
    ids, before = theirs.ids(), theirs.kept()
    nobody = {name: 7_777 if isinstance(one, int) else uuid4() for name, one in ids.items()}
    said, names = {}, {}
    for given, least in ((ids, 1), (nobody, 1), (ids | FIRST, 2), (nobody | FIRST, 2)):
        for rule, method, path in below_ones_own(app, own, given, least):
            answer = browser.client.open(path, method=method, data={"csrf_token": token})
            body = answer.get_data(as_text=True)
            body = f"{answer.headers.get('Location', '')} {FORM_TOKEN.sub('', body)}"
            body = body.replace(path, "").replace(quote(path, safe=""), "")
            assert answer.status_code in {404, 303}, (method, path)
            assert CANARY not in body
            said.setdefault((rule, method, least), set()).add(body)
            names[rule] = set(re.findall(r"(\w+)>", rule))

    assert [one for one, bodies in said.items() if len(bodies) != 1] == []
    assert set().union(*names.values()) >= ids.keys()
    assert theirs.kept() == before


@pytest.mark.requirement("F16")
def test_ids_of_another_organisation_in_queries_say_nothing(app, theirs, mine):
    browser, own, _token = mine
    ids, differ = theirs.ids(), []
    for name in FILTERS:
        seen = []
        for value in (ids.get(name, theirs.waiting), 7_777):
            page = browser.get(f"/rights-holders/{own}/complaints?{name}={value}")
            taken = browser.client.get(f"/rights-holders/{own}/complaints.csv?{name}={value}")
            rows = [row.text for row in page.find("tbody tr")]
            lines = taken.get_data() if taken.status_code == 200 else b""
            seen.append((page.status, rows, taken.status_code, lines))
        differ += [name] * (seen[0] != seen[1])
    for path in ("complaints", "works", "sheets", "webhooks"):
        for way in ("after", "before"):
            page = browser.get(f"/rights-holders/{own}/{path}?{way}={encode_cursor((1,))}")
            assert (page.status, CANARY in page.text()) == (200, False)

    assert differ == []


@pytest.mark.requirement("F16")
@pytest.mark.parametrize("way", ["number", "title", "identifier"])
def test_a_work_of_another_organisation_in_a_form_or_a_sheet_is_a_work_nobody_has(
    app, theirs, mine, way
):
    browser, own, _token = mine
    named = {"number": ("2", "77"), "title": (CANARY, "无人之作"), "identifier": (ISBN, OTHER_ISBN)}
    before, said = theirs.kept(), []
    for work in named[way]:
        page = browser.get(f"/rights-holders/{own}/complaints/add")
        typed = {name.replace("-", "_"): one for name, one in GOOD.items()}
        browser.post(page, typed | {"work": work, "right": "owner", "declared": "y"})
        sheet = workbook(("作品", "侵权网址"), (work, "https://pirate.example/9"))
        page = browser.get(f"/rights-holders/{own}/sheets/add")
        page = browser.post(page, {"table": (sheet, "rows.xlsx")})
        said.append([row.text for row in page.find("td")])
    faults = db.session.scalars(
        select(Complaint.problems).where(
            Complaint.organisation_id != theirs.organisation.id,
            Complaint.sheet_id.is_(None),
            Complaint.state == ComplaintState.NEEDS_INFORMATION,
        )
    ).all()

    assert said[0] == said[1]
    assert [one["list"] for one in faults] == [[["work", "not-in-register"]]] * 2
    assert before[1] == [one for one in theirs.kept()[1] if one in before[1]]
