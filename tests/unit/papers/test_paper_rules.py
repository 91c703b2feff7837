"""How papers may be served, what runs from then, and what their lifecycles allow."""

from datetime import date, timedelta
from itertools import product

import pytest

from portal.decisions.states import ServiceWay
from portal.jurisdiction.pack import pack_folder, read_pack
from portal.kernel.errors import MoveRefused, RuleBroken
from portal.papers.rules import demand_day, demand_service, running_from
from portal.papers.states import (
    BOUND_LIFECYCLE,
    PAPER_LIFECYCLE,
    BoundAction,
    BoundState,
    PaperAction,
    PaperState,
)
from tests.factories.packs import shipped

DAY = date(2026, 9, 24)
W = ServiceWay


@pytest.mark.parametrize(
    ("lifecycle", "states", "actions"),
    [
        (PAPER_LIFECYCLE, PaperState, PaperAction),
        (BOUND_LIFECYCLE, BoundState, BoundAction),
    ],
)
def test_every_move_that_is_not_in_the_table_is_refused(lifecycle, states, actions):
    for state, action in product(states, actions):
        if (state, action) not in lifecycle.moves:
            with pytest.raises(MoveRefused):
                lifecycle.after(state, action)


@pytest.mark.parametrize("way", list(W))
@pytest.mark.parametrize("refused", [True, False])
@pytest.mark.parametrize("witness", ["", "王某（示例）"])
@pytest.mark.parametrize("consent", ["", "当面书面同意"])
def test_a_service_holds_by_its_way_its_witness_and_its_consent(way, refused, witness, consent):
    holds = (
        (not refused or way is W.LEFT)
        and (way is not W.LEFT or bool(witness))
        and (way is not W.ELECTRONIC or bool(consent))
    )

    if holds:
        demand_service(way, refused=refused, witness=witness, consent=consent)
    else:
        with pytest.raises(RuleBroken):
            demand_service(way, refused=refused, witness=witness, consent=consent)


@pytest.mark.parametrize(("days", "holds"), [(-1, False), (0, True), (3, True), (4, False)])
def test_a_paper_is_served_between_the_day_it_was_made_and_today(days, holds):
    today = DAY + timedelta(days=3)
    if holds:
        demand_day(DAY + timedelta(days=days), DAY, today)
    else:
        with pytest.raises(RuleBroken):
            demand_day(DAY + timedelta(days=days), DAY, today)


def test_working_days_and_calendar_days_run_by_the_calendar_of_the_place():
    place = shipped("cn_culture_market")
    heard, decided = place.papers["advance-notice"], place.papers["penalty-decision"]

    [hearing] = running_from(heard, DAY, place.calendar)
    pay, review = running_from(decided, DAY, place.calendar)

    # The Mid-Autumn festival, and the week of the National Day with its make-up days.
    assert hearing.until == date(2026, 10, 9)
    assert pay.until == date(2026, 10, 9)
    assert review.until == date(2026, 11, 23)


@pytest.mark.requirement("B6")
@pytest.mark.parametrize("pack", ["cn_culture_market", "en_ip_office"])
def test_what_the_steps_ask_for_can_be_made_here_or_is_brought_by_somebody_else(pack):
    place = read_pack(pack_folder(pack))
    asked = {code for step in place.case_steps.values() for group in step.groups for code in group}

    assert {code for code in asked if not place.papers[code].parts} <= {"payment-proof"}


@pytest.mark.requirement("B6")
def test_each_of_the_ministrys_28_forms_can_be_made():
    papers = shipped("cn_culture_market").papers.values()

    assert all(one.parts and one.signed_by for one in papers if one.number)


@pytest.mark.requirement("F22")
@pytest.mark.parametrize("pack", ["cn_culture_market", "en_ip_office"])
def test_both_places_have_phrases_ready_for_what_people_write(pack):
    papers = shipped(pack).papers.values()
    ready = [one for form in papers for one in form.phrases]

    assert len(ready) >= 8
    assert all(one.text.zh and one.text.en for one in ready)
    assert all(one.part in form.parts for form in papers for one in form.phrases)
