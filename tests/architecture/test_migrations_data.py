"""Migrations that have something to do with what is stored: up, down, and up again."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import flask_migrate
import pytest
from sqlalchemy import Connection, MetaData, Table, create_engine, insert, select, text
from sqlalchemy.types import JSON, Boolean, Date, DateTime, Integer, LargeBinary, Uuid

from portal.infra.database import db as installed
from portal.rewards.payment.codes import is_marked
from tests.architecture.test_migrations import SERVER, begin_at, db
from tests.architecture.test_migrations import address as address  # noqa: PLC0414  # a fixture
from tests.architecture.test_migrations import there as there  # noqa: PLC0414  # a fixture

pytestmark = pytest.mark.timeout(300)
NOW = datetime(2026, 11, 26, 8, tzinfo=UTC)


@pytest.fixture
def database(address) -> Iterator[Connection]:
    engine = create_engine(address, connect_args={})
    try:
        with engine.connect() as connection:
            yield connection.execution_options(isolation_level="AUTOCOMMIT")
    finally:
        engine.dispose()


def table(database: Connection, name: str) -> Table:
    """The table as it is now."""
    return Table(name, MetaData(), autoload_with=database)


def put(database: Connection, name: str, /, **given: Any) -> dict[str, Any]:
    """A row with what is given, and anything where something has to stand."""
    found = table(database, name)
    row = {
        column.name: _anything(column.type)
        for column in found.columns
        if not column.nullable and column.server_default is None and column.name not in given
    }
    row.update(given)
    database.execute(insert(found), row)
    return row


def _anything(kind: Any) -> Any:
    made: dict[type[Any], Any] = {
        Uuid: uuid4(),
        DateTime: NOW,
        Date: NOW.date(),
        Boolean: False,
        Integer: 1,
        LargeBinary: uuid4().bytes,
        JSON: [],
    }
    return next((value for one, value in made.items() if isinstance(kind, one)), "x")


def rows(database: Connection, name: str) -> list[Any]:
    return list(database.execute(select(table(database, name))).mappings())


def an_account(database: Connection, **more: Any) -> Any:
    return put(database, "account", id=_id(database), name=uuid4().hex, **more)["id"]


def _id(database: Connection) -> Any:
    """An id as the database keeps it: what a file has is text."""
    return uuid4() if database.dialect.name == "postgresql" else uuid4().hex


def test_a_second_person_for_roles_learns_what_else_there_is_to_ask_for(there, address, database):
    begin_at(there, "0009")
    account = an_account(database)
    asked = {"account_id": account, "asked_by": account, "asked_person": account}
    put(database, "role_request", id=_id(database), roles=["finance"], **asked)

    db(there, "upgrade", "0010")
    assert [row["wish"] for row in rows(database, "role_request")] == ["roles"]
    put(database, "role_request", id=_id(database), roles=[], wish="code", **asked)
    db(there, "downgrade", "0009")

    assert len(rows(database, "role_request")) == 1
    assert "wish" not in rows(database, "role_request")[0]


def test_versions_that_are_there_have_started_and_planned_ones_are_kept_going_down(
    there, address, database
):
    begin_at(there, "0010")
    put(database, "pack_version", id=_id(database), version=1)

    db(there, "upgrade", "0011")
    (first,) = rows(database, "pack_version")
    assert first["starts_at"] == first["loaded_at"]
    assert first["reason"] == ""
    later = {"starts_at": NOW, "reason": "x"}
    put(database, "pack_version", id=_id(database), version=2, **later)
    put(database, "pack_version", id=_id(database), version=3, withdrawn_at=NOW, **later)
    db(there, "downgrade", "0010")

    assert [row["version"] for row in rows(database, "pack_version")] == [1, 2]


def test_what_was_handed_in_is_a_draft_again_going_down(there, address, database):
    begin_at(there, "0015")
    put(database, "pack_version", id=_id(database), version=1, loaded_by=None)
    put(database, "place_change", id=_id(database), state="draft", part="routing", key="x")

    db(there, "upgrade", "0016")
    assert rows(database, "pack_version")[0]["confirmed_by"] is None
    account = an_account(database)
    asked = {"asked_by": account, "asked_person": account, "state": "waiting"}
    request = put(database, "place_request", id=_id(database), **asked)["id"]
    changes = table(database, "place_change")
    database.execute(changes.update().values(request_id=request))
    db(there, "downgrade", "0015")

    (change,) = rows(database, "place_change")
    assert change["state"] == "draft"
    assert "request_id" not in change


def test_what_was_merged_stands_on_its_own_going_down_and_open_work_is_indexed_as_before(
    there, address, database
):
    begin_at(there, "0005")
    before = _indexes(database)

    db(there, "upgrade", "0006")
    assert _indexes(database) != before
    db(there, "downgrade", "0005")

    assert _indexes(database) == before
    assert "merged_into" not in table(database, "report").columns


def test_a_service_that_was_written_down_twice_is_one_entry_and_both_again_going_down(
    there, address, database
):
    db(there, "upgrade", "0029")
    case, first, second = _a_case(database), _id(database), _id(database)
    for party in (first, second):
        put(database, "case_party", id=party, case_id=case, role="seller")
    decision = _decision(database, case)
    paper = put(
        database,
        "case_paper",
        id=_id(database),
        case_id=case,
        form="penalty-decision",
        dated=NOW.date(),
        waiver=b"x",
    )["id"]
    final = {"state": "issued", "number": "x-1", "issued_at": NOW, "case_paper_id": paper}
    made = put(
        database,
        "made_paper",
        id=_id(database),
        case_id=case,
        party_id=first,
        to_serve=True,
        **final,
    )["id"]
    day = {"served_on": NOW.date()}
    put(
        database,
        "paper_service",
        id=_id(database),
        paper_id=made,
        way="left",
        refused=True,
        body=b"said",
        **day,
    )
    for party in (first, second):
        about = {"decision_id": decision, "party_id": party, "object_by": NOW.date()}
        put(database, "decision_service", id=_id(database), **about, **day)
    before = [rows(database, name) for name in ("paper_service", "decision_service")]

    db(there, "upgrade", "0031")
    found = {row["party_id"]: row for row in rows(database, "service")}
    assert len(rows(database, "service")) == 2
    assert [found[first][name] for name in ("paper_id", "decision_id", "way", "refused")] == [
        paper,
        decision,
        "left",
        True,
    ]
    assert [found[second][name] for name in ("paper_id", "decision_id", "body")] == [
        None,
        decision,
        None,
    ]
    db(there, "downgrade", "0029")

    again = [rows(database, name) for name in ("paper_service", "decision_service")]
    assert again[0] == before[0]
    kept = [{**row, "id": None} for row in again[1]]
    assert all({**row, "id": None} in kept for row in before[1])
    assert len(kept) == len(before[1])


def _a_case(database: Connection) -> Any:
    own = {"state": "filed", "next_due_on": NOW.date(), "factors": []}
    return put(database, "case_file", id=_id(database), **own)["id"]


def _decision(database: Connection, case: Any) -> Any:
    own = {"state": "in-force", "source": "report", "approved_at": NOW}
    return put(database, "decision", id=_id(database), case_id=case, **own)["id"]


def _indexes(database: Connection) -> set[str]:
    """The indexes of reports with what they leave out."""
    if database.dialect.name == "postgresql":
        wanted = "SELECT indexdef FROM pg_indexes WHERE tablename = 'report'"
    else:
        wanted = "SELECT sql FROM sqlite_master WHERE tbl_name = 'report' AND type = 'index'"
    return {row[0] for row in database.execute(text(wanted)) if row[0]}


def test_the_pair_of_the_post_stays_and_a_second_one_is_not_lost_going_down(
    there, address, database
):
    begin_at(there, "0041")
    put(database, "custody_post_key", id=1, key_version=3)

    db(there, "upgrade", "0048")
    db(there, "downgrade", "0041")
    db(there, "upgrade", "0048")
    assert [row["key_version"] for row in rows(database, "custody_post_key")] == [3]
    put(database, "custody_post_key", id=2, key_version=4)
    with pytest.raises(SystemExit):  # addresses under it could not be read any more
        db(there, "downgrade", "0041")
    assert len(rows(database, "custody_post_key")) == 2


def test_a_lead_that_was_under_way_is_looked_at_on_its_day_and_keeps_it_on_the_way_back(
    there, address, database
):
    begin_at(there, "0015")
    day = NOW.date()
    lead = {"report_id": _a_report(database), "department_code": "A", "due_on": day}
    put(database, "lead", id=_id(database), state="routed", **lead)

    db(there, "upgrade", "0017")
    (row,) = rows(database, "lead")
    assert (row["due_on"], row["warn_on"], row["look_on"]) == (day, day, day)
    assert row["breached_at"] is None

    db(there, "downgrade", "0015")
    (row,) = rows(database, "lead")
    assert (row["state"], row["due_on"]) == ("routed", day)


def _a_report(database: Connection, **more: Any) -> Any:
    said = {"kind": "tip", "channel": "web", "contact_mode": "named", "region_state": "unknown"}
    own = {"id": _id(database), "state": "received", "urgency": "normal", **said, **more}
    return put(database, "report", **own)["id"]


def _a_claimed_reward(database: Connection) -> Any:
    """A payment that waits, with all that it hangs on."""
    account, case = an_account(database, person_id=_id(database)), _a_case(database)
    report = _a_report(database)
    fund = put(database, "fund", id=_id(database), currency="CNY", opened_by=account)["id"]
    line = put(database, "budget_line", id=_id(database), fund_id=fund, year=2026)["id"]
    computed = {"level": "1", "pool": 500, "amount": 500, "line_id": line, "lines": []}
    award = put(
        database,
        "reward_award",
        id=_id(database),
        case_id=case,
        report_id=report,
        promised_by=account,
        state="promised",
        **computed,
    )["id"]
    awards = table(database, "reward_award")
    for step, state in (("propose", "proposed"), ("confirm", "confirmed"), ("approve", "approved")):
        person = _id(database)
        own = {"account_id": an_account(database, person_id=person), "person_id": person}
        put(
            database,
            "award_step",
            id=_id(database),
            award_id=award,
            step=step,
            no_conflict=True,
            **own,
        )
        ended = NOW if state == "approved" else None
        database.execute(awards.update().values(state=state, ended_at=ended))
    due = {"award_id": award, "reference": "SLP1", "state": "due"}
    return put(database, "reward_payment", id=_id(database), **due)["id"]


def test_sealed_payees_and_addresses_keep_what_opens_them_up_and_down(there, address, database):
    begin_at(there, "0046")
    payment = _a_claimed_reward(database)
    sealed = {"body": b"body", "wrap": b"wrap", "key_version": 3}
    put(database, "payee_data", payment_id=payment, **sealed)
    put(database, "custody_post_key", id=1, key_version=3)
    mail = {"report_id": rows(database, "report")[0]["id"], "address": b"sealed"}
    put(database, "reporter_mail", language="en", **mail)
    tables = ("payee_data", "reporter_mail", "custody_post_key", "reward_payment", "reward_award")
    before = {name: rows(database, name) for name in tables}

    db(there, "upgrade", "0062")
    (payee,) = rows(database, "payee_data")
    assert (payee["wrap_version"], payee["layers"]) == (3, [])
    with there.app_context():
        own = UUID(str(payee["payment_id"]))
        assert is_marked(own, payee["body"], payee["mark"])
        assert not is_marked(own, b"another", payee["mark"])
    assert rows(database, "reporter_mail")[0]["key_id"] == 1
    db(there, "downgrade", "0046")
    assert {name: rows(database, name) for name in tables} == before
    db(there, "upgrade", "0062")

    payees = table(database, "payee_data")
    database.execute(payees.update().values(wrap_version=4, layers=[4]))
    with pytest.raises(SystemExit):  # what is wrapped again could not be opened any more
        db(there, "downgrade", "0046")
    assert [row["wrap_version"] for row in rows(database, "payee_data")] == [4]


def test_what_was_taken_back_waits_where_it_stood_and_no_file_is_held_for_nobody_going_down(
    there, address, database
):
    begin_at(there, "0062")
    case = _a_case(database)
    party = put(database, "case_party", id=_id(database), case_id=case, role="operator")["id"]
    own = {"case_id": case, "party_id": party, "reason": "licensed"}
    file = {"id": _id(database), "state": "unchecked", "kind": "jpeg", "held_at": NOW}
    put(database, "evidence", **file)
    for number, answer_by in ((1, None), (2, NOW.date())):
        row = {"id": _id(database), "number": number, "answer_by": answer_by}
        put(database, "counter_notice", state="filed", **row, **own)
    put(database, "counter_notice_file", notice_id=row["id"], evidence_id=file["id"])
    said = {"state": "verified", "kind": "company"}
    organisation = put(database, "organisation", id=_id(database), **said)["id"]
    proof = {"organisation_id": organisation, "evidence_id": file["id"]}
    put(database, "organisation_file", purpose="proof", **proof)

    db(there, "upgrade", "0064")
    put(database, "sent_file", **proof)
    database.execute(table(database, "counter_notice").update().values(state="withdrawn"))
    db(there, "downgrade", "0062")

    states = {row["number"]: row["state"] for row in rows(database, "counter_notice")}
    assert states == {1: "filed", 2: "passed-on"}
    assert [row["held_at"] for row in rows(database, "evidence")] == [None]
    assert len(rows(database, "counter_notice_file")) == len(rows(database, "organisation_file"))


def test_papers_that_were_served_and_times_that_run_are_marked_and_stay_going_down(
    there, address, database
):
    begin_at(there, "0056")
    case = _a_case(database)
    party = put(database, "case_party", id=_id(database), case_id=case, role="operator")["id"]
    served, struck, never = (
        put(database, "case_paper", id=_id(database), case_id=case, waiver=b"x")["id"]
        for _one in range(3)
    )
    about = {"case_id": case, "party_id": party}
    put(database, "service", id=_id(database), paper_id=served, **about)
    put(database, "service", id=_id(database), paper_id=struck, struck_at=NOW, **about)
    for met_at in (None, NOW):
        put(database, "case_clock", id=_id(database), case_id=case, met_at=met_at)

    def stored():
        tables = ("case_paper", "case_clock", "service")
        return {
            name: sorted(rows(database, name), key=lambda row: str(row["id"])) for name in tables
        }

    before = stored()

    db(there, "upgrade", "0060")
    marked = {row["id"]: bool(row["served"]) for row in rows(database, "case_paper")}
    assert marked == {served: True, struck: False, never: False}
    clocks = rows(database, "case_clock")
    assert {row["met_at"] is None: bool(row["provisional"]) for row in clocks} == {
        True: True,
        False: False,
    }
    db(there, "downgrade", "0056")

    assert stored() == before


@pytest.mark.skipif(bool(SERVER), reason="PostgreSQL changes tables in place")
def test_foreign_keys_hold_after_a_migration_and_none_leaves_a_row_that_points_to_nothing(
    there, address, database
):
    begin_at(there, "0062")
    with there.app_context():
        flask_migrate.upgrade(revision="0064")
        with installed.engine.connect() as connection:
            assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1
    db(there, "downgrade", "0062")
    put(database, "case_party", id=_id(database), case_id=_id(database), role="operator")

    with pytest.raises(SystemExit):
        db(there, "upgrade", "0064")

    assert [row["version_num"] for row in rows(database, "alembic_version")] == ["0062"]


def test_what_was_declined_after_it_was_closed_has_ended_as_declined(there, address, database):
    begin_at(there, "0064")
    both = {"decline_reason": "decline.no-breach", "close_reason": "close.measures-taken"}
    for number, state in enumerate(("declined", "closed", "contested")):
        _a_report(database, reference=f"SL-{number}", state=state, department_code="x", **both)

    db(there, "upgrade", "0071")

    ended = {row["state"]: row["close_reason"] for row in rows(database, "report")}
    assert ended == {"declined": None} | dict.fromkeys(
        ("closed", "contested"), both["close_reason"]
    )
    db(there, "downgrade", "0064")


def test_a_month_that_units_were_told_of_is_not_made_again(there, address, database):
    begin_at(there, "0064")
    told = {"month": NOW.date().replace(day=1), "given": {}, "taken": {}, "things": []}
    for here, other in ("ab", "ba"):
        units = {"department_code": here, "other_code": other}
        put(database, "unit_digest", id=_id(database), made_at=NOW, **units, **told)

    db(there, "upgrade", "0068")
    found = [(str(one["month"]), one["digests"]) for one in rows(database, "digest_month")]
    assert found == [("2026-11-01", 2)]
    assert all(one["made_at"] for one in rows(database, "digest_month"))
    db(there, "downgrade", "0064")
    assert len(rows(database, "unit_digest")) == 2
    db(there, "upgrade", "0068")


def test_who_must_not_know_of_a_report_is_a_person_and_going_down_all_their_accounts(
    there, address, database
):
    begin_at(there, "0071")
    person, report, other = _id(database), _a_report(database), _id(database)
    two = [an_account(database, person_id=person), an_account(database, person_id=person)]
    alone = an_account(database, person_id=_id(database))
    for account, shared in ((two[0], other), (two[1], None), (alone, other)):
        kept = {"account_id": account, "report_id": report, "cause": "named"}
        put(database, "report_exclusion", shared_by=shared, **kept)

    db(there, "upgrade", "0072")
    found = {row["person_id"]: row["shared_by"] for row in rows(database, "report_exclusion")}
    assert found.pop(person, "none") is None
    assert list(found.values()) == [other]
    third = an_account(database, person_id=person)
    db(there, "downgrade", "0071")

    kept = {row["account_id"]: row["shared_by"] for row in rows(database, "report_exclusion")}
    assert kept == {**dict.fromkeys((*two, third)), alone: other}


def test_a_withdrawn_transfer_to_the_police_counts_as_refused_before_there_were_any(
    there, address, database
):
    begin_at(there, "0083")
    own = {"case_id": _a_case(database), "decided_at": NOW}
    put(database, "case_referral", id=_id(database), state="withdrawn", withdrawn_at=NOW, **own)

    db(there, "downgrade", "0076")
    assert [row["state"] for row in rows(database, "case_referral")] == ["refused"]
    db(there, "upgrade", "0083")
    assert [row["state"] for row in rows(database, "case_referral")] == ["refused"]


def test_hearings_become_rows_of_their_own_and_the_first_of_each_party_goes_back(
    there, address, database
):
    begin_at(there, "0083")
    case, day = _a_case(database), NOW.date()
    asked, told, refused, silent = (
        put(database, "case_party", id=_id(database), case_id=case, role="seller")["id"]
        for _ in range(4)
    )
    set_ = {"hearing_on": day, "hearing_at": b"where"}
    kept = {told: set_, refused: {"hearing_refused": b"why"}, asked: {}, silent: {}}
    for party, own in kept.items():
        put(database, "party_access", party_id=party, locator_mac=uuid4().bytes, **own)
    for party in (asked, asked, refused):
        put(database, "party_letter", id=_id(database), party_id=party, kind="hearing-asked")
    before = rows(database, "party_access")

    db(there, "upgrade", "0084")
    found = {row["party_id"]: row for row in rows(database, "party_hearing")}
    assert set(found) == {asked, told, refused}
    assert all(row["id"] == party for party, row in found.items())
    assert (found[told]["held_on"], found[told]["place"]) == (day, b"where")
    assert (found[refused]["refused"], found[refused]["refused_on"]) == (b"why", day)
    assert (found[asked]["held_on"], found[asked]["refused_on"]) == (None, None)
    db(there, "downgrade", "0083")
    again = rows(database, "party_access")
    assert sorted(map(str, (dict(sorted(row.items())) for row in again))) == sorted(
        map(str, (dict(sorted(row.items())) for row in before))
    )


def test_a_result_that_was_read_before_its_last_day_was_kept_can_be_contested_for_thirty_days(
    there, address, database
):
    begin_at(there, "0090")
    report = _a_report(database)
    own = {"report_id": report, "author": "system", "sent_at": NOW}
    for kind, read_at in (("answer", NOW), ("answer", None), ("notice", NOW)):
        put(database, "message", id=_id(database), kind=kind, read_at=read_at, **own)
    before = datetime.now(UTC).date()

    db(there, "upgrade", "0091")
    found = {(row["kind"], row["read_at"] is None): row for row in rows(database, "message")}
    told = found.pop(("answer", False))["contest_by"]
    assert before <= told - timedelta(days=30) <= datetime.now(UTC).date()
    assert [row["contest_by"] for row in found.values()] == [None, None]
    db(there, "downgrade", "0090")
    assert len(rows(database, "message")) == 3


def test_what_a_row_rests_on_stays_in_chinese_and_drafts_say_it_as_rows_do(
    there, address, database
):
    begin_at(there, "0092")
    clock = {"stage": "accept", "unit": "working", "starts": "received"}
    for name in ("routing_rule", "clock_rule", "delegation", "retention_rule"):
        more = clock if name == "clock_rule" else {}
        put(database, name, id=_id(database), basis="著作权法 第七条", since_version=1, **more)
    put(database, "routing_rule", id=_id(database), code="plain", basis="", since_version=1)
    put(database, "routing_rule", id=_id(database), code="blank", basis=" \u3000", since_version=1)
    changed = {"before": {"id": "x", "basis": ""}, "after": {"id": "x", "basis": "某办法"}}
    put(database, "place_change", id=_id(database), state="draft", part="routing", **changed)
    order = {"before": {"order": ["x", "y"]}, "after": {"order": ["y", "x"]}}
    put(database, "place_change", id=_id(database), state="discarded", part="routing", **order)

    db(there, "upgrade", "0093")
    found = rows(database, "routing_rule")
    assert {(row["basis_zh"], row["basis_en"]) for row in found} == {
        ("著作权法 第七条", ""),
        (None, None),
    }
    for name in ("clock_rule", "delegation", "retention_rule"):
        assert [row["basis_zh"] for row in rows(database, name)] == ["著作权法 第七条"]
    change = _drafts(database)["routing"]
    assert change["before"] == {"id": "x"}
    assert change["after"] == {"id": "x", "basis": {"zh": "某办法", "en": ""}}

    english = table(database, "retention_rule")
    database.execute(english.update().values(basis_zh="", basis_en="Article 9"))
    given = {"from": "A", "to": "B", "region": "C"}
    both = {
        "before": {**given, "basis_en": "s. 9"},
        "after": {**given, "basis": "令", "basis_en": "s. 9"},
    }
    put(database, "place_change", id=_id(database), state="draft", part="delegations", **both)
    db(there, "downgrade", "0092")
    found = sorted(row["basis"] for row in rows(database, "routing_rule"))
    assert found == ["", "", "著作权法 第七条"]
    assert [row["basis"] for row in rows(database, "retention_rule")] == ["Article 9"]
    drafts = _drafts(database)
    assert drafts["routing"]["before"] == changed["before"]
    assert drafts["routing"]["after"] == changed["after"]
    assert drafts["delegations"]["before"] == {**given, "basis": "s. 9"}
    assert drafts["delegations"]["after"] == {**given, "basis": "令"}

    db(there, "upgrade", "0093")
    assert _drafts(database)["routing"]["before"] == {"id": "x"}
    (ended,) = (row for row in rows(database, "place_change") if row["state"] == "discarded")
    assert {name: ended[name] for name in order} == order


def _drafts(database: Connection) -> dict[str, Any]:
    found = rows(database, "place_change")
    return {row["part"]: row for row in found if row["state"] == "draft"}


@pytest.mark.parametrize(
    ("start", "way", "end"), [("0092", "upgrade", "0093"), ("0093", "downgrade", "0092")]
)
def test_previews_that_hold_rows_as_they_were_go_with_their_moves_and_tasks(
    there, address, database, start, way, end
):
    begin_at(there, start)
    report = _a_report(database)
    candidate = {"rules": [{"id": "x", "basis": "某办法"}]}
    preview = put(
        database, "routing_preview", id=_id(database), state="running", candidate=candidate
    )
    put(database, "routing_move", preview_id=preview["id"], report_id=report)
    for kind in ("preview_routing", "clear_mass"):
        more = {"subject_id": preview["id"], "dedupe": kind, "state": "pending"}
        put(database, "task", id=_id(database), kind=kind, **more)

    db(there, way, end)

    assert rows(database, "routing_move") == rows(database, "routing_preview") == []
    assert [row["kind"] for row in rows(database, "task")] == ["clear_mass"]
