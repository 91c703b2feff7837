"""From the notice to a host to what is found of a complaint, and what never happens by itself."""

import re
import zipfile
from dataclasses import replace
from datetime import timedelta
from io import BytesIO
from types import SimpleNamespace

import pytest
from sqlalchemy import event, select

from portal.audit.models import AuditEvent
from portal.cases.models import Case, CaseReport
from portal.casework.forms import LONGEST_TEXT
from portal.casework.service.conversation import AskReporter, ask_reporter
from portal.counter_notices.models import (
    CounterNotice,
    CounterNoticeComplaint,
    CounterNoticeFile,
)
from portal.counter_notices.queries.desk import get_counters, list_misuse
from portal.counter_notices.queries.own import list_own_counters
from portal.counter_notices.queries.reading import get_of_party
from portal.counter_notices.service.deciding import (
    DecideCounterNotice,
    NoteReinstatement,
    PassOn,
    decide_counter_notice,
    note_reinstatement,
    pass_on,
)
from portal.counter_notices.service.erasure import destroy_counter_notices
from portal.counter_notices.service.filing import (
    AnswerCounterNotice,
    answer_counter_notice,
    withdraw_counter_notice,
)
from portal.counter_notices.states import (
    ComplainantAnswer,
    ComplaintFinding,
    CounterState,
)
from portal.decisions.models import Decision, PartyAccess, PartyLetter, Review, Service
from portal.hosts.models import Capture, HostNotice
from portal.infra.config import ROOT
from portal.infra.database import db
from portal.infra.tasks import Task, TaskState
from portal.infra.uow import unit_of_work
from portal.intake.content import message_context
from portal.intake.models import Message, MessageKind, Report
from portal.intake.queries import key_of
from portal.kernel.actor import Actor, Role
from portal.kernel.errors import MoveRefused, NotFound, NotPermitted, RuleBroken
from portal.rights_holders.api.application import description
from portal.rights_holders.models import Complaint
from portal.rights_holders.rules.webhooks import WebhookEvent
from portal.rights_holders.service.complaints import FileComplaint, file_complaint_now
from portal.rights_holders.service.news import spread_news
from portal.rights_holders.service.webhooks import AddWebhook, add_webhook
from portal.rights_holders.webhook_models import WebhookMessage
from tests.factories.accounts import enter_desk
from tests.factories.cases import today
from tests.factories.casework import make_supervisor
from tests.factories.decisions import make_party, open_page
from tests.factories.hosts import case_of
from tests.factories.intake import make_report
from tests.factories.papers import bag_of, bound, of_kind, words_on
from tests.factories.rights_holders import (
    GOOD,
    make_organisation,
    make_outsider,
    make_token,
    outsider,
    some_file,
)
from tests.integration.counter_notices.conftest import SAID, URL, party_behind
from tests.pages import Pages
from tests.programs import Program
from workers.kinds import KINDS

F, S = ComplaintFinding, CounterState


def notice():
    return db.session.scalars(select(CounterNotice).execution_options(populate_existing=True)).one()


def told_to_complainant(matter):
    report = db.session.get_one(Report, matter.report_id)
    own = Message.report_id == report.id, Message.kind == MessageKind.NOTICE
    rows = db.session.scalars(select(Message).where(*own).order_by(Message.sent_at))
    return [key_of(report).decrypt_text(one.body, message_context(one.id)) for one in rows]


def decide(matter, actor, *, accepted=True, finding=F.FALSE):
    order = DecideCounterNotice(
        matter.number, 1, accepted, "许可书真实有效。", finding, (matter.row.id,)
    )
    decide_counter_notice(order, actor=actor)


def answer(matter, actor=None, organisation=None):
    number = organisation or matter.organisation.number
    said = ComplainantAnswer.STANDS
    order = AnswerCounterNotice(number, matter.complaint, notice().id, said, "许可已到期。")
    answer_counter_notice(order, actor=actor or matter.actor)


@pytest.mark.requirement("B15")
def test_a_party_whom_only_the_host_reaches_gets_its_code_in_the_letter_and_nowhere_else(
    matter, postbox
):
    code = matter.tell_host(postbox)

    assert party_behind(code) == matter.party
    access = db.session.get_one(PartyAccess, matter.party, populate_existing=True)
    assert access.alleged is not None
    assert access.answer_by > today()
    kept = b"".join(row.content for row in db.session.scalars(select(HostNotice)))
    trail = [str(event.details) for event in db.session.scalars(select(AuditEvent))]
    assert code.replace("-", "") not in "".join(trail).replace("-", "") + kept.hex()


@pytest.mark.requirement("F11")
def test_a_counter_notice_is_passed_on_answered_decided_by_another_and_noted_as_back(
    matter, postbox
):
    matter.tell_host(postbox)
    number = matter.counter()
    assert (number, notice().state, told_to_complainant(matter)) == (1, S.FILED, [])
    with pytest.raises(RuleBroken, match="complainant-not-told"):
        decide(matter, matter.other_head)

    pass_on(PassOn(matter.number, 1, (matter.row.id,)), actor=matter.officer)
    [seen] = list_own_counters(
        db.session(), matter.organisation.number, matter.complaint, matter.actor
    )
    assert (seen.text, seen.addresses, seen.may_answer) == (SAID.whole, (URL,), True)
    assert not any(word in repr(vars_of(seen)) for word in (SAID.address, SAID.contact))
    with pytest.raises(RuleBroken, match="complainant-may-answer"):
        decide(matter, matter.other_head)
    answer(matter)
    with pytest.raises(MoveRefused):
        answer(matter)
    with pytest.raises(NotPermitted):
        decide(matter, matter.officer)
    with pytest.raises(RuleBroken, match="own-notice-countered"):
        decide(matter, matter.head)
    decide(matter, matter.other_head)
    with pytest.raises(MoveRefused):
        decide(matter, matter.other_head)
    tomorrow = NoteReinstatement(matter.number, 1, today() + timedelta(days=1))
    with pytest.raises(RuleBroken, match="day-out-of-range"):
        note_reinstatement(tomorrow, actor=matter.officer)
    note_reinstatement(NoteReinstatement(matter.number, 1, today()), actor=matter.officer)

    assert (notice().state, notice().reinstated_on) == (S.REINSTATED, today())
    assert len(told_to_complainant(matter)) == 3
    assert len(postbox.messages) == 1


def vars_of(seen):
    return [getattr(seen, name) for name in seen.__slots__]


@pytest.mark.requirement("F11")
@pytest.mark.requirement("U40")
def test_a_finding_counts_once_it_is_final_and_nobody_contests_it_and_does_nothing(matter, postbox):
    clerk, elsewhere = make_supervisor(), make_supervisor("110000")
    matter.counter()
    pass_on(PassOn(matter.number, 1, (matter.row.id,)), actor=matter.officer)
    answer(matter)
    decide(matter, matter.other_head)

    def found(actor=clerk):
        return list_misuse(db.session(), matter.organisation.id, actor)

    assert found() == ()
    link = db.session.scalars(select(CounterNoticeComplaint)).one()
    link.final_on = today() - timedelta(days=1)
    db.session.commit()
    [line] = found()
    assert (line.finding, line.case) == (F.FALSE, matter.number)
    assert [one.case for one in found(elsewhere)] == [None]
    assert matter.organisation.state == "verified"
    review = Review(
        case_id=case_of(matter.number).id,
        decision_id=None,
        party_id=None,
        report_id=matter.report_id,
        filed_at=notice().decided_at,
        due_on=today(),
    )
    db.session.add(review)
    db.session.commit()
    assert found() == ()
    with pytest.raises(NotPermitted):
        found(matter.officer)


@pytest.mark.requirement("F11")
@pytest.mark.requirement("U40")
def test_nothing_of_a_complaint_or_a_counter_notice_goes_out_before_an_officer_decides(
    matter, postbox
):
    """Every way out is in the list: a new one fails here until it is thought about."""
    ways = {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "portal").rglob("*.py")
        if re.search(r"\b(send_mail|visit)\(", path.read_text(encoding="utf-8"))
    }
    expected = {
        *("portal/hosts/service/sending.py", "portal/transfers/service/sending.py"),
        *("portal/hosts/service/capturing.py", "portal/hosts/service/looking.py"),
        *("portal/identities/news.py", "portal/infra/mail.py"),
        "portal/infra/fetching/visiting.py",
        # To whoever complained, that there is news, and nothing else.
        "portal/rights_holders/service/digests.py",
        # Whether an organisation's own site has the file that it was told to put there.
        "portal/rights_holders/service/domains.py",
    }

    matter.counter()
    due = db.session.scalars(select(Task).where(Task.state == TaskState.PENDING)).all()
    for task in due:
        KINDS[task.kind].service(task.subject_id, actor=Actor.system(task.kind))

    assert ways == expected
    assert postbox.messages == []
    for outward in (HostNotice, Capture, Decision, Service):
        assert db.session.query(outward).count() == 0


def test_another_organisation_and_another_party_learn_of_nothing(matter):
    stranger = make_outsider()
    theirs = make_organisation(stranger, name="他社")
    matter.counter()
    with pytest.raises(NotFound):
        pass_on(PassOn(matter.number, 1, (theirs.id,)), actor=matter.officer)
    with pytest.raises(RuleBroken, match="counter-to-nobody"):
        pass_on(PassOn(matter.number, 1, ()), actor=matter.officer)
    pass_on(PassOn(matter.number, 1, (matter.row.id,)), actor=matter.officer)

    for number in (theirs.number, matter.organisation.number):
        with pytest.raises(NotFound):
            answer(matter, outsider(stranger), number)
    assert notice().answer_by > today()


def test_a_party_takes_its_counter_notice_back_and_nobody_decides_on_it(app, matter):
    other = make_party(matter.number, matter.officer, name="另一经营者")
    matter.counter()
    pass_on(PassOn(matter.number, 1, (matter.row.id,)), actor=matter.officer)
    with pytest.raises(NotFound):
        withdraw_counter_notice(other, 1, actor=Actor.public())
    party = Pages(app)
    party.post(party.get("/party"), {"code": open_page(matter.number, matter.party)})
    own = "/party/case/counter-notice/1/withdraw"
    page = party.get("/party/case")
    assert page.find(f"form[action='{own}']") == []

    asked = party.get(page.one(f"a[href='{own}']")["href"])
    assert notice().state is S.PASSED_ON
    page = party.post(asked, form=f"form[action='{own}']")

    assert (notice().state, notice().decided_at) == (S.WITHDRAWN, None)
    assert page.find(f"a[href='{own}']") == []
    assert party.get(own).find(f"form[action='{own}']") == []
    [seen] = list_own_counters(
        db.session(), matter.organisation.number, matter.complaint, matter.actor
    )
    assert (seen.state, seen.may_answer) == (S.WITHDRAWN, False)
    for late in (lambda: answer(matter), lambda: decide(matter, matter.other_head)):
        with pytest.raises(MoveRefused):
            late()


@pytest.mark.parametrize("passed_on", [True, False])
def test_whoever_was_told_of_a_counter_notice_is_told_that_it_was_taken_back(matter, passed_on):
    matter.counter()
    if passed_on:
        pass_on(PassOn(matter.number, 1, (matter.row.id,)), actor=matter.officer)
    before = len(told_to_complainant(matter))

    withdraw_counter_notice(matter.party, 1, actor=Actor.public())

    said = told_to_complainant(matter)[before:]
    assert len(said) == int(passed_on)
    assert all("撤回了反通知" in one for one in said)
    told = {"action": "report.told-of-case", "subject_id": matter.row.report_id}
    assert db.session.query(AuditEvent).filter_by(**told).count() == len(said) + int(passed_on)


def test_what_is_destroyed_with_its_case_leaves_no_counter_notice_and_no_file(matter):
    matter.counter()
    pass_on(PassOn(matter.number, 1, (matter.row.id,)), actor=matter.officer)

    with unit_of_work(Actor.system("test")) as uow:
        destroy_counter_notices(uow, case_of(matter.number).id)

    for gone in (CounterNotice, CounterNoticeComplaint, CounterNoticeFile):
        assert db.session.query(gone).count() == 0


@pytest.mark.requirement("F11")
@pytest.mark.parametrize("language", ["zh-Hans", "en"])
def test_party_complainant_officer_and_head_do_their_part_on_their_pages(
    app, matter, desk, postbox, counted, language
):
    party = Pages(app, language)
    code = matter.tell_host(postbox)
    party.post(party.get("/party"), {"code": code})
    page = party.get("/party/case/counter-notice")
    assert URL in page.one("textarea[name=addresses]").text
    said = {"reason": "licensed", "text": SAID.text, "declared": "y"}
    refused = party.post(page, said)
    assert refused.status == 422
    lacking = [one.text for one in refused.find(".govuk-error-summary a")]
    assert len(lacking) == len(set(lacking)) == 5, "each says what is missing"
    fields = {name: getattr(SAID, name) for name in ("work", "name", "address", "contact")}
    page = party.post(page, {**said, **fields, "files": (BytesIO("许可".encode()), "许可.txt")})
    assert page.path == "/party/case"

    officer, _actor = desk(Role.CASE_OFFICER, language=language)
    home = f"/desk/cases/{matter.number}/counter-notices"
    assert f"{matter.number}-1" in officer.get("/desk/counter-notices").text()
    with counted() as seen:
        assert SAID.text in officer.get(home).text()
    assert len(seen) <= 18, seen
    officer.post(officer.get(f"{home}/1/pass-on"), {"complaints": str(matter.row.id)})

    person = Pages(app, language)
    enter_desk(person, matter.person)
    theirs = f"/rights-holders/{matter.organisation.number}/complaints/{matter.complaint}"
    assert f"{theirs}/counter-notices" in person.get(theirs).links()
    page = person.get(f"{theirs}/counter-notices")
    [link] = [one for one in page.links() if one.endswith("/answer")]
    person.post(person.get(link), {"answer": "stands", "words": "许可已到期。"})
    assert person.get(link.replace(str(notice().id), str(matter.party))).status == 404

    head, _actor = desk(Role.DEPARTMENT_HEAD, language=language)
    page = head.get(f"{home}/1/decide")
    given = {"accepted": "yes", "reasons": "许可有效。", "finding": "false"}
    page = head.post(page, {**given, "complaints": str(matter.row.id)})
    assert page.path == home
    page = officer.post(officer.get(f"{home}/1/reinstate"), {"on": today().isoformat()})
    assert page.path == home
    assert "许可有效。" in party.get("/party/case").text()
    assert "许可有效。" in person.get(f"{theirs}/counter-notices").text()
    [file] = [one for one in officer.get(home).links() if "/files/" in one]
    assert officer.client.get(file).status_code == 200
    boss = desk(Role.SUPERVISOR, department="SUPERVISION@000000", region="000000")[0]
    assert "0" in boss.get(f"/desk/organisations/{matter.organisation.number}").text("#misuse")


def test_a_complaint_named_twice_is_told_once_and_an_answer_takes_the_case_first(matter):
    """Whoever decides takes the case and then the counter-notice: so does whoever answers."""
    matter.counter()
    pass_on(PassOn(matter.number, 1, (matter.row.id,) * 2), actor=matter.officer)
    taken = []

    def note(state):
        if getattr(state.statement, "_for_update_arg", None) is not None:
            taken.append(state.bind_mapper.class_)

    event.listen(db.session, "do_orm_execute", note)
    try:
        answer(matter)
    finally:
        event.remove(db.session, "do_orm_execute", note)

    assert taken[:2] == [Case, CounterNotice]


def test_a_head_is_offered_to_decide_on_what_can_be_decided_by_them_now(matter, desk, postbox):
    matter.tell_host(postbox)
    matter.counter()
    home = f"/desk/cases/{matter.number}/counter-notices"
    head, _actor = desk(Role.DEPARTMENT_HEAD, language="en")

    def offered():
        found = f"{home}/1/decide" in head.get(home).links()
        assert head.get(f"{home}/1/decide").status == (200 if found else 409), "as its button"
        return found

    assert offered()
    form = head.get(f"{home}/1/decide")
    pass_on(PassOn(matter.number, 1, (matter.row.id,)), actor=matter.officer)
    assert not offered()
    late = head.post(form, {"accepted": "no", "reasons": "许可已到期。"})
    assert (late.status, "许可已到期。" in late.text()) == (409, True)
    answer(matter)
    assert offered()
    assert get_counters(db.session(), matter.number, matter.other_head).decides == {notice().id}
    seen = get_counters(db.session(), matter.number, matter.head)
    assert (seen.decides, seen.partial) == (frozenset(), True)


def test_a_form_that_is_sent_twice_is_one_counter_notice_and_one_letter(matter, postbox):
    matter.tell_host(postbox)
    own = PartyLetter.party_id == matter.party

    assert [matter.counter(), matter.counter()] == [1, 1]
    assert db.session.query(CounterNotice).count() == 1
    assert db.session.query(CounterNoticeFile).count() == 1
    assert len(db.session.scalars(select(PartyLetter).where(own)).all()) == 1
    assert matter.counter("另一份许可.txt") == 2


THEIRS = "https://pirate.example/book/2"
CANARY = "金丝雀乙社的作品二"


def join(matter, report_id):
    """Put a report into the case of the matter."""
    case = case_of(matter.number)
    put = {"case_id": case.id, "report_id": report_id, "added_at": case.changed_at}
    db.session.add(CaseReport(**put, added_by=None))
    db.session.commit()


@pytest.fixture
def other(matter):
    """Another organisation with a complaint in the same case: its person, itself, its complaint."""
    stranger = make_outsider()
    organisation = make_organisation(stranger, name="他社")
    order = FileComplaint(organisation.number, {**GOOD, "url": THEIRS}, "zh-Hans")
    number = file_complaint_now(order, actor=outsider(stranger))
    own = {"organisation_id": organisation.id, "number": number}
    row = db.session.query(Complaint).filter_by(**own).one()
    join(matter, row.report_id)
    return SimpleNamespace(person=stranger, organisation=organisation, row=row, complaint=number)


def read_by(matter, other):
    """What each of the two organisations reads."""
    for organisation, complaint, actor in (
        (matter.organisation, matter.complaint, matter.actor),
        (other.organisation, other.complaint, outsider(other.person)),
    ):
        [seen] = list_own_counters(db.session(), organisation.number, complaint, actor)
        yield seen


@pytest.mark.requirement("F16")
def test_of_two_that_complained_in_one_case_neither_reads_the_addresses_of_the_other(matter, other):
    matter.counter(addresses=(URL, THEIRS))

    order = PassOn(matter.number, 1, (other.row.id, matter.row.id), "经营者称已获许可。")
    pass_on(order, actor=matter.officer)

    assert [one.addresses for one in read_by(matter, other)] == [(URL,), (THEIRS,)]


@pytest.mark.requirement("F16")
def test_of_two_that_complained_neither_reads_words_or_reasons_that_the_office_did_not_write_for_it(
    matter, other
):
    matter.counter(addresses=(URL, THEIRS), work=CANARY, text=f"我有许可，{CANARY}也有。")
    both = (other.row.id, matter.row.id)
    with pytest.raises(RuleBroken, match="counter-words-missing"):
        pass_on(PassOn(matter.number, 1, both, " "), actor=matter.officer)
    assert notice().state is S.FILED
    pass_on(PassOn(matter.number, 1, both, "经营者称已获许可。"), actor=matter.officer)
    for one in read_by(matter, other):
        assert one.text == "经营者称已获许可。"
    answer(matter)
    answer(
        SimpleNamespace(complaint=other.complaint),
        outsider(other.person),
        other.organisation.number,
    )
    asked = {"number": matter.number, "notice": 1, "accepted": True}
    order = DecideCounterNotice(**asked, reasons=f"{CANARY}的许可有效。", complaints=both)
    with pytest.raises(RuleBroken, match="counter-words-missing"):
        decide_counter_notice(order, actor=matter.other_head)

    told = replace(order, told_reasons="许可有效。")
    decide_counter_notice(told, actor=matter.other_head)

    assert [one.reasons for one in read_by(matter, other)] == ["许可有效。"] * 2
    assert all(CANARY not in repr(vars_of(one)) for one in read_by(matter, other))
    party = get_of_party(db.session(), matter.party, 1)
    assert CANARY in party.reasons


@pytest.mark.requirement("F16")
def test_what_whoever_complained_reads_is_the_same_before_and_after_somebody_else_joins(
    matter, other
):
    links = db.session.query(CaseReport).filter_by(report_id=other.row.report_id)
    links.delete()
    db.session.commit()
    matter.counter(addresses=(URL, THEIRS, "https://pirate.example/"))
    pass_on(PassOn(matter.number, 1, (matter.row.id,)), actor=matter.officer)
    asked = matter.organisation.number, matter.complaint, matter.actor
    alone = list_own_counters(db.session(), *asked)

    join(matter, other.row.report_id)

    assert alone[0].addresses == (URL,)
    assert list_own_counters(db.session(), *asked) == alone


def test_the_longest_counter_notice_is_passed_on_as_a_whole(matter, desk):
    officer, _actor = desk(Role.CASE_OFFICER)
    matter.counter(work="作" * 300, text="由" * LONGEST_TEXT)
    home = f"/desk/cases/{matter.number}/counter-notices"

    page = officer.post(officer.get(f"{home}/1/pass-on"), {"complaints": str(matter.row.id)})

    assert (page.path, notice().state) == (home, S.PASSED_ON)


@pytest.mark.requirement("F16")
def test_by_no_page_file_message_or_program_does_one_that_complained_learn_of_the_other(
    app, matter, other, desk, postbox
):
    """Whole answers of every page and program of the one are searched for what is the other's."""
    name = "金丝雀他社"
    other.organisation.name = name
    db.session.commit()
    spread_news(actor=Actor.system("clock"))
    hook = AddWebhook(matter.organisation.number, "https://hooks.example/1", tuple(WebhookEvent))
    add_webhook(hook, actor=matter.actor)
    officer, _actor = desk(Role.CASE_OFFICER)
    matter.counter(addresses=(URL, THEIRS), work=CANARY, text=CANARY)
    home = f"/desk/cases/{matter.number}/counter-notices/1"
    both = [str(other.row.id), str(matter.row.id)]
    page = officer.get(f"{home}/pass-on")
    assert CANARY in page.text()
    assert page.one("textarea[name=words]").text == ""
    assert officer.post(page, {"complaints": both}).status == 422
    page = officer.get(f"{home}/pass-on")
    officer.post(page, {"complaints": both, "words": "经营者称已获许可。"})
    answer(matter)
    answer(
        SimpleNamespace(complaint=other.complaint),
        outsider(other.person),
        other.organisation.number,
    )
    head, _actor = desk(Role.DEPARTMENT_HEAD)
    given = {"accepted": "yes", "reasons": f"{CANARY}{name}", "finding": "in-good-faith"}
    page = head.post(head.get(f"{home}/decide"), {**given, "complaints": both})
    assert page.status == 422
    page = head.post(page, {**given, "complaints": both, "told_reasons": "许可有效。"})
    assert page.path == home.rpartition("/")[0]

    spread_news(actor=Actor.system("clock"))
    person = Pages(app)
    enter_desk(person, matter.person)
    paths, read = everything(person, f"/rights-holders/{matter.organisation.number}")
    asked = Program(app, make_token(matter.organisation, matter.person))
    for path in (one for one in description()["paths"] if "get" in description()["paths"][one]):
        there = path.removeprefix("/api/v1").replace("{number}", "1").replace("{message}", "1")
        read += asked("GET", there).get_data(as_text=True)
    sent = [str(one.payload) for one in db.session.scalars(select(WebhookMessage))]
    assert len(sent) > 1
    read += "".join(sent)
    for mail in postbox.messages:
        read += mail.as_string()

    assert [
        one for one in ("许可有效。", "经营者称已获许可。", "示例作品") if one not in read
    ] == []
    assert {one.rpartition("/")[2] for one in paths} >= {"complaints", "counter-notices"}
    canaries = (CANARY, name, THEIRS, other.organisation.number, str(other.row.id))
    said = read + "".join(told_to_complainant(matter))
    assert [one for one in canaries if one in said] == []


def everything(pages, start):
    """Every address under one that links lead to, and all that stands there, files unpacked."""
    waiting, read = [start], {}
    while waiting:
        path = waiting.pop()
        if path in read or not path.startswith(start):
            continue
        page = pages.get(path)
        read[path] = page.response.text if page.is_html else unpacked(page.response.data)
        waiting += page.links() if page.is_html else []
    return read.keys(), "".join(read.values())


def unpacked(content):
    """The text of a file, of a sheet that of all its parts."""
    if not zipfile.is_zipfile(BytesIO(content)):
        return content.decode()
    with zipfile.ZipFile(BytesIO(content)) as parts:
        return "".join(parts.read(one).decode() for one in parts.namelist())


@pytest.mark.requirement("F16")
def test_where_a_tip_is_in_the_case_its_addresses_are_not_told_to_whoever_complained(matter):
    join(matter, make_report().id)
    matter.counter(addresses=(URL, "https://pirate.example/named-by-the-tip-only"))

    pass_on(PassOn(matter.number, 1, (matter.row.id,), "已获许可。"), actor=matter.officer)

    [seen] = list_own_counters(
        db.session(), matter.organisation.number, matter.complaint, matter.actor
    )
    assert (seen.addresses, seen.text) == ((URL,), "已获许可。")


@pytest.mark.requirement("F16")
def test_of_a_tip_that_is_merged_into_the_complaint_nothing_is_passed_on_either(matter):
    tip = make_report()
    tip.merged_into = matter.report_id
    db.session.commit()
    matter.counter(text="我有许可，举报里的另一页也有。")

    with pytest.raises(RuleBroken, match="counter-words-missing"):
        pass_on(PassOn(matter.number, 1, (matter.row.id,)), actor=matter.officer)


def test_a_finding_about_a_complaint_that_was_not_told_is_refused_and_names_it(matter, other):
    matter.counter()
    pass_on(PassOn(matter.number, 1, (matter.row.id,), "已获许可。"), actor=matter.officer)
    answer(matter)
    both = (other.row.id, matter.row.id)
    asked = {"number": matter.number, "notice": 1, "accepted": True, "complaints": both}
    order = DecideCounterNotice(**asked, reasons="许可有效。", told_reasons="许可有效。")

    with pytest.raises(RuleBroken, match="complaint-not-told") as refused:
        decide_counter_notice(order, actor=matter.other_head)

    assert refused.value.params == {"complaints": str(other.row.id)}
    assert notice().state is S.PASSED_ON


@pytest.mark.requirement("B7")
@pytest.mark.requirement("F11")
def test_the_bound_file_has_the_counter_notice_with_its_files_and_nothing_of_who_complained(
    matter, postbox
):
    matter.tell_host(postbox)
    matter.counter("许可书.txt")
    pass_on(PassOn(matter.number, 1, (matter.row.id,)), actor=matter.officer)
    answer(matter)
    decide(matter, matter.other_head)

    pieces, files = bag_of(matter, bound(matter))

    [said] = of_kind(pieces, "counter-notice")
    words = words_on(said, files)
    told = (SAID.text, SAID.work, SAID.name, URL, "许可书真实有效。", "许可书.txt")
    assert [one for one in told if one not in words] == []
    assert matter.organisation.name not in words
    assert "许可已到期。" not in words
    [file] = of_kind(pieces, "sent")
    assert files[f"data/{file['file']}"] == some_file("许可书.txt").stream.read()


@pytest.mark.requirement("B5")
def test_the_overview_of_an_organisation_says_what_waits_for_its_people(app, matter):
    home = f"/rights-holders/{matter.organisation.number}"
    countered = f"{home}/complaints/{matter.complaint}/counter-notices"
    file_complaint_now(
        FileComplaint(matter.organisation.number, {**GOOD, "facts": ""}, "en"), actor=matter.actor
    )
    person = Pages(app, "en")
    enter_desk(person, matter.person)
    wrong = f"{home}/complaints?state=needs-information&order=old"
    asked = f"{home}/complaints?asked=1"
    assert {wrong, asked, countered}.intersection(person.get(home).links()) == {wrong}

    matter.counter()
    pass_on(PassOn(matter.number, 1, (matter.row.id,)), actor=matter.officer)
    report = db.session.get_one(Report, matter.report_id)
    ask_reporter(AskReporter(report.reference, "哪一版？"), actor=matter.officer)
    assert {wrong, asked, countered} < set(person.get(home).links())
    assert [row.text for row in person.get(asked).find("tbody th a")] == ["Complaint 1"]
    assert "answer it by" in person.get(countered.rpartition("/")[0]).text()

    answer(matter)
    assert countered not in person.get(home).links()
    assert "answer it by" not in person.get(countered.rpartition("/")[0]).text()


@pytest.mark.requirement("B5")
def test_the_overview_lists_the_ten_nearest_counter_notices_and_says_how_many_more(app, matter):
    matter.counter()
    pass_on(PassOn(matter.number, 1, (matter.row.id,)), actor=matter.officer)
    number, told = matter.organisation.number, db.session.query(CounterNoticeComplaint).one()
    for at in range(12):
        wrong = {**GOOD, "facts": "", "url": f"https://pirate.example/{at}"}
        file_complaint_now(FileComplaint(number, wrong, "en"), actor=matter.actor)
    rows = db.session.query(Complaint).filter(Complaint.id != matter.row.id).all()
    for row in rows:
        db.session.add(
            CounterNoticeComplaint(
                notice_id=told.notice_id,
                complaint_id=row.id,
                organisation_id=row.organisation_id,
                told_at=told.told_at,
            )
        )
    db.session.commit()
    person = Pages(app, "en")
    enter_desk(person, matter.person)

    page = person.get(f"/rights-holders/{number}")

    links = page.find("main a[href]")
    listed = [one.text for one in links if one["href"].endswith("/counter-notices")]
    assert len(listed) == 10
    (day,) = {one.rpartition(" by ")[2] for one in listed}
    more = f"and 3 more complaints have a counter-notice to answer, none earlier than {day}"
    assert more in page.text()
    countered = f"/rights-holders/{number}/complaints?countered=1"
    assert countered in page.links()
    assert len(person.get(countered).find("tbody th a")) == 13

    answer(matter)

    left = [row.text for row in person.get(countered).find("tbody th a")]
    assert len(left) == 12
    assert "Complaint 1" not in left


def test_staff_read_when_a_counter_notice_can_be_decided_and_decide_beside_what_was_said(
    matter, desk
):
    matter.counter()
    pass_on(PassOn(matter.number, 1, (matter.row.id,)), actor=matter.officer)
    home = f"/desk/cases/{matter.number}/counter-notices"
    head, _actor = desk(Role.DEPARTMENT_HEAD, language="en")
    assert "once everybody has answered" in head.get(home).text()

    answer(matter)

    assert "once everybody has answered" not in head.get(home).text()
    page = head.get(f"{home}/1/decide").text()
    assert [said for said in (SAID.text, "许可已到期。") if said not in page] == []
