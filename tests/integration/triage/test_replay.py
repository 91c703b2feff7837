"""A decision is asked again with the rules of its day, and the same comes out."""

import shutil

import pytest
from flask import current_app
from sqlalchemy import select

from portal.casework.service.routing import route_report
from portal.infra.database import db
from portal.jurisdiction import queries
from portal.jurisdiction.pack import pack_folder
from portal.jurisdiction.queries import current_place, place_at
from portal.jurisdiction.service import LoadPack, load_pack
from portal.kernel.actor import Actor
from portal.kernel.errors import NotFound
from portal.triage.models import RoutingDecision
from portal.triage.replay import list_replays, replay
from portal.triage.rules.table import Asked, decide
from portal.triage.service import RouteReport, triage_report
from tests.factories.casework import make_clerk
from tests.factories.intake import submit
from tests.integration.triage.test_sample_tips import PACKS, TIPS, send
from tests.unit.triage.samples import records

SYSTEM = Actor.system("test")


@pytest.fixture
def routed(app):
    """A report about pirated books, routed by the rules."""
    sent = submit(category="piracy.print", region="320412")
    triage_report(sent.report_id, actor=SYSTEM)
    return sent


@pytest.fixture
def other_rules(routed, tmp_path):
    """Since then the duties have changed: pirated books go to the press office."""
    folder = shutil.copytree(pack_folder("cn_culture_market"), tmp_path / "pack")
    text = (folder / "routing.toml").read_text(encoding="utf-8")
    start = text.index('id = "books"\n')
    changed = text[start:].replace('lead = "CULTURE_ENF"', 'lead = "POLICE"', 1)
    (folder / "routing.toml").write_text(text[:start] + changed, encoding="utf-8")
    return load_pack(LoadPack(str(folder)), actor=Actor.operator())


def decision_of(sent):
    wanted = select(RoutingDecision).where(RoutingDecision.report_id == sent.report_id)
    return db.session.scalars(wanted.order_by(RoutingDecision.version)).first()


@pytest.mark.usefixtures("app")
def test_every_sample_is_routed_again_to_the_same_unit_by_the_same_row():
    assert TIPS.exists()
    for code, name in PACKS.items():
        load_pack(LoadPack(name), actor=Actor.operator())
        for tip in (one for one in records("tips.jsonl") if one["pack"] == code):
            send(tip)
    decisions = db.session.scalars(select(RoutingDecision)).all()

    again = [replay(decision) for decision in decisions]

    assert len({decision.pack_version for decision in decisions}) == 2
    assert [(one.unit.code, one.rule_id) for one in again] == [
        (decision.department_code, decision.rule_id) for decision in decisions
    ]


@pytest.mark.requirement("A23")
def test_the_rules_of_its_day_decide_and_not_those_of_today(routed, other_rules):
    decision = decision_of(routed)

    answer = replay(decision)

    assert decision.pack_version < other_rules == current_place().version
    assert answer.unit.code == "CULTURE_ENF@320412"
    assert decide_today(decision).unit.code == "POLICE@320412"


def decide_today(decision):
    return decide(current_place(), Asked.from_json(decision.facts))


def test_an_earlier_place_is_read_once_and_few_are_kept(routed, other_rules, monkeypatch):
    read, real = [], queries._read_place  # noqa: SLF001
    monkeypatch.setattr(
        queries, "_read_place", lambda version: read.append(version) or real(version)
    )

    places = [place_at(decision_of(routed).pack_version) for _ in range(3)]

    assert places[0] is places[1] is places[2]
    assert len(read) == 1
    assert place_at(other_rules).version == other_rules


def test_the_decision_of_a_person_has_nothing_to_replay(routed):
    clerk = make_clerk()
    route_report(RouteReport(routed.reference, "POLICE@320412", "涉嫌犯罪"), actor=clerk)

    first, second = list_replays(db.session, routed.reference, clerk)

    assert (first.same, first.rule) == (True, "books")
    assert (second.answer, second.same) == (None, True)


def test_a_report_outside_ones_scope_cannot_be_replayed(routed):
    with pytest.raises(NotFound):
        list(list_replays(db.session, routed.reference, make_clerk("TRIAGE@110000")))


def printed(*arguments):
    result = current_app.test_cli_runner().invoke(args=["triage", "replay", *arguments])
    return result.exit_code, result.output


def test_the_operator_replays_a_report(routed, other_rules):
    code, said = printed(routed.reference)

    assert code == 0
    assert "CULTURE_ENF@320412 by rule books; the same comes out again." in said


def test_the_operator_is_told_when_another_answer_comes_out(routed):
    decision_of(routed).facts = {**decision_of(routed).facts, "category": "other.spam"}
    db.session.commit()

    code, said = printed(routed.reference)

    assert code == 1
    assert "NOW TRIAGE@" in said
    assert "by rule spam" in said


def test_the_operator_is_told_what_cannot_be_replayed(routed):
    decision_of(routed).facts = None
    db.session.commit()
    route_report(RouteReport(routed.reference, "POLICE@320412", "涉嫌犯罪"), actor=make_clerk())

    code, said = printed(routed.reference)

    assert code == 0
    assert "made before facts were kept" in said
    assert "by a person; there is nothing to replay" in said


def test_what_came_after_the_table_does_not_make_the_answer_another(routed):
    decision_of(routed).department_code = "SUPERVISION@320400"
    db.session.commit()

    (again,) = list_replays(db.session, routed.reference, Actor.operator())

    assert (again.same, again.unit) == (True, "CULTURE_ENF@320412")


@pytest.mark.usefixtures("app")
def test_a_reference_that_is_none_is_said():
    code, said = printed("SL-0000-0000")

    assert code == 1
    assert "There is no report" in said
