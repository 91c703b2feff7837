"""A draft knows where its reporter is, and forgets what an answer makes void."""

import itertools
import json
from datetime import UTC, datetime

import pytest

from portal.intake.draft import COUNTED, Draft, FormStep, Where
from portal.intake.models import ContactMode

NOW = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
S = FormStep


def answered(*steps: FormStep, **answers: object) -> Draft:
    draft = Draft.new(NOW)
    for step in steps:
        draft = draft.answer(step)
    return draft.answer(steps[-1], **answers) if answers else draft


def test_a_new_draft_begins_with_the_first_step():
    draft = Draft.new(NOW)

    assert (draft.first_open, draft.begun, draft.sent) == (S.WHAT, False, False)
    assert [step for step in S if draft.reached(step)] == [S.WHAT]


def test_a_step_is_open_once_all_before_it_have_an_answer():
    draft = answered(S.WHAT, S.WHERE)

    assert [step for step in S if draft.reached(step)] == [S.WHAT, S.WHERE, S.STORY]


@pytest.mark.parametrize(("step", "following"), list(itertools.pairwise(COUNTED)))
def test_each_step_leads_to_the_next_one(step, following):
    draft = answered(*COUNTED[: COUNTED.index(step) + 1])

    assert draft.after(step) is following


def test_going_back_and_on_again_takes_the_same_way():
    draft = answered(S.WHAT, S.WHERE, S.STORY, S.ADDRESSES)

    assert draft.after(S.WHERE) is S.STORY


@pytest.mark.parametrize("step", [step for step in COUNTED if step is not S.CHECK])
def test_a_change_made_from_the_check_returns_to_it(step):
    draft = answered(*COUNTED[:-1])

    assert draft.answer(step).after(step) is S.CHECK


def test_an_answer_without_the_earlier_ones_leads_back_to_the_first():
    draft = answered(S.STORY, narrative="kept")

    assert (draft.after(S.STORY), draft.narrative) == (S.WHAT, "kept")


def test_only_who_gives_a_name_is_asked_how_to_be_reached():
    anonymous = answered(S.WHO, contact_mode=ContactMode.ANONYMOUS)
    named = answered(S.WHO, contact_mode=ContactMode.NAMED)

    assert S.CONTACT not in anonymous.steps
    assert named.before(S.WISHES) is S.CONTACT
    assert not anonymous.reached(S.CONTACT)


@pytest.mark.requirement("U26")
def test_whoever_turns_anonymous_leaves_no_name_behind():
    named = answered(S.WHO, contact_mode=ContactMode.NAMED).answer(
        S.CONTACT, name="Invented", phone="1", email="a@example.com"
    )

    turned = named.answer(S.WHO, contact_mode=ContactMode.ANONYMOUS)

    assert (turned.name, turned.phone, turned.email) == ("", "", "")
    assert S.CONTACT not in turned.answered


def test_a_draft_comes_back_from_plain_json_as_it_was():
    draft = answered(
        S.WHAT,
        S.WHERE,
        where=Where.PLACE,
        urls=("www.example.com",),
        files=("0" * 32,),
        contact_mode=ContactMode.CONFIDENTIAL,
    )

    assert Draft.from_state(json.loads(json.dumps(draft.to_state()))) == draft


def test_a_draft_of_another_release_is_read_as_far_as_it_goes():
    state = {"token": "t", "started_at": NOW.isoformat(), "gone": 1}

    assert Draft.from_state(state) == Draft("t", NOW)


@pytest.mark.requirement("T03")
def test_a_page_names_a_file_by_something_that_is_not_its_id():
    draft, other = Draft.new(NOW), Draft.new(NOW)
    evidence_id = "ab" * 16

    assert evidence_id not in draft.handle(evidence_id)
    assert draft.handle(evidence_id) != other.handle(evidence_id)


def test_nothing_that_was_typed_is_in_the_text_of_a_draft():
    draft = answered(S.CONTACT, name="Canary", narrative="Canary", phone="Canary", place="Canary")

    assert "Canary" not in repr(draft)
    assert draft.token not in repr(draft)
