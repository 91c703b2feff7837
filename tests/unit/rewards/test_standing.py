"""Where the reports of a case stand: by the trail, the first act and the findings of the head."""

from datetime import UTC, date, datetime
from uuid import uuid4

import pytest

from portal.jurisdiction.reward_tables import ExclusionGround
from portal.rewards.rules.standing import Candidate, FirstAct, standings
from portal.rewards.states import Rank, RewardFindingKind

R, F = Rank, RewardFindingKind
NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)


def report(position, day=1, **changes):
    known = {
        "report_id": uuid4(),
        "reference": f"R{position}",
        "position": position,
        "at": datetime(2026, 11, day, 8, tzinfo=UTC),
        "day": date(2026, 11, day),
        "tip": True,
        "asks": True,
        "own_unit": False,
    }
    return Candidate(**(known | changes))


def ranks(*candidates, first=None):
    return [one.rank for one in standings(candidates, first)]


ACT = FirstAct("inspection-record", date(2026, 11, 2), NOON)


@pytest.mark.requirement("F1")
def test_the_order_is_that_of_the_trail_and_no_clock_changes_it():
    later, earlier = report(9, day=1), report(4, day=3)

    found = standings([later, earlier], None)

    assert [(one.candidate.reference, one.rank, one.behind) for one in found] == [
        ("R4", R.FIRST, None),
        ("R9", R.LATER, "R4"),
    ]


@pytest.mark.requirement("F1")
@pytest.mark.parametrize(
    ("changes", "rank", "next_one"),
    [
        ({}, R.FIRST, R.LATER),
        # The first place is taken, whether or not there is a reward for it.
        ({"asks": False}, R.NOT_ASKED, R.LATER),
        ({"own_unit": True}, R.OWN_UNIT, R.LATER),
        # Who has no place takes none away.
        ({"tip": False}, R.NO_TIP, R.FIRST),
        ({"finding": F.EXCLUDED, "ground": ExclusionGround.STAFF}, R.EXCLUDED, R.FIRST),
        ({"finding": F.EXCLUDED, "own_unit": True, "asks": False}, R.EXCLUDED, R.FIRST),
    ],
)
def test_who_is_kept_out_and_whether_that_leaves_the_place_free(changes, rank, next_one):
    assert ranks(report(1, **changes), report(2)) == [rank, next_one]


@pytest.mark.requirement("F1")
@pytest.mark.parametrize(
    ("changes", "rank"),
    [
        ({}, R.LATER),
        ({"finding": F.JOINT}, R.JOINT),
        ({"finding": F.NEW_FACTS}, R.NEW_FACTS),
        ({"finding": F.NEW_FACTS, "own_unit": True}, R.OWN_UNIT),
        ({"finding": F.JOINT, "asks": False}, R.NOT_ASKED),
    ],
)
def test_the_second_has_a_part_only_by_a_finding_of_the_head(changes, rank):
    assert ranks(report(1), report(2, **changes)) == [R.FIRST, rank]


@pytest.mark.requirement("F1")
@pytest.mark.parametrize(
    ("day", "at", "rank"),
    [
        (1, NOON.replace(day=1), R.FIRST),
        # A paper has no hour: of its own day the reporter has the benefit of the doubt,
        (2, NOON.replace(hour=11), R.FIRST),
        # but not once the paper was in the file,
        (2, NOON.replace(hour=13), R.AFTER_FIRST_ACT),
        # nor on a later day, however late the paper came into the file.
        (3, NOON.replace(day=3, hour=1), R.AFTER_FIRST_ACT),
    ],
)
def test_who_reports_after_the_first_act_is_too_late(day, at, rank):
    assert ranks(report(1, day=day, at=at), first=ACT) == [rank]


def test_a_paper_filed_days_later_leaves_its_own_day_in_doubt():
    filed_late = FirstAct(ACT.form, ACT.dated, NOON.replace(day=9))

    assert ranks(report(1, day=2, at=NOON.replace(hour=20)), first=filed_late) == [R.FIRST]
    assert ranks(report(1, day=3), first=filed_late) == [R.AFTER_FIRST_ACT]


@pytest.mark.requirement("F1")
def test_new_facts_count_after_the_first_act_and_joint_reports_do_not():
    late = {"day": 5, "at": NOON.replace(day=5)}

    assert ranks(
        report(1),
        report(2, finding=F.NEW_FACTS, **late),
        report(3, finding=F.JOINT, **late),
        first=ACT,
    ) == [R.FIRST, R.NEW_FACTS, R.AFTER_FIRST_ACT]


def test_who_was_late_takes_the_place_of_nobody():
    late = {"day": 5, "at": NOON.replace(day=5)}

    assert ranks(report(1, asks=False, **late), report(2), first=ACT) == [R.NOT_ASKED, R.FIRST]
