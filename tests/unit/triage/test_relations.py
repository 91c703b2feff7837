"""When two reports may be worked on as one, every pair of states, and what is said of them."""

from dataclasses import replace
from itertools import product
from uuid import uuid4

import pytest

from portal.intake.states import ReportState
from portal.kernel.errors import RuleBroken
from portal.triage.rules.agreement import in_both
from portal.triage.rules.relations import (
    Standing,
    below,
    demand_mergeable,
    in_order,
    reasons_of,
)
from portal.triage.states import LikenessReason

S = ReportState
RANK = {S.RECEIVED: 0, S.ROUTED: 1, S.ACCEPTED: 2, S.VERIFIED: 3}


def standing(state=S.ROUTED, **changes):
    plain = Standing(
        id=uuid4(),
        merged_into=None,
        state=state,
        desk="CULTURE_ENF@320412",
        walled=False,
        triaged=True,
        results=0,
    )
    return replace(plain, **changes)


@pytest.mark.parametrize(("leading", "following"), list(product(S, S)))
def test_a_report_follows_one_that_is_as_far_and_not_answered_and_no_other(leading, following):
    allowed = leading in RANK and following in RANK and RANK[leading] >= RANK[following]

    if allowed:
        demand_mergeable(standing(leading), standing(following))
        return
    with pytest.raises(RuleBroken):
        demand_mergeable(standing(leading), standing(following))


@pytest.mark.parametrize(
    ("leading", "following", "code"),
    [
        ({"walled": True}, {}, "merge-behind-a-wall"),
        ({}, {"walled": True}, "merge-behind-a-wall"),
        ({"triaged": False}, {}, "merge-before-triage"),
        ({}, {"triaged": False}, "merge-before-triage"),
        ({"desk": None}, {}, "merge-needs-one-desk"),
        ({"merged_into": uuid4()}, {}, "merge-is-a-circle"),
        ({}, {"merged_into": uuid4()}, "merged-already"),
        ({}, {"results": 1}, "following-has-a-result"),
        ({"results": 1}, {}, "leading-has-a-result"),
    ],
)
def test_each_refusal_has_a_code_of_its_own(leading, following, code):
    with pytest.raises(RuleBroken, match=code):
        demand_mergeable(standing(**leading), standing(**following))


def test_whatever_was_merged_below_a_report_is_found_and_nothing_beside_it():
    a, b, c, d = (uuid4() for _ in range(4))

    assert below(b, {a: b, c: a, d: c}) == {a, c, d}
    assert below(d, {a: b, c: a, d: c}) == frozenset()


def test_the_strongest_reason_is_said_first_and_none_twice():
    said = in_order(["like-text", "same-domain", "same-text", "same-phone", "same-phone"])

    assert said == ["same-phone", "same-text", "same-domain"]


def test_every_kind_of_key_has_a_reason():
    kinds = {"file", "phone", "address", "venue", "house", "text", "name", "domain"}

    assert len(reasons_of(kinds)) == len(kinds)
    assert reasons_of({"unknown"}) == frozenset()
    assert all(isinstance(one, LikenessReason) for one in reasons_of(kinds))


def test_what_both_texts_name_is_found_however_it_is_written():
    one = "常乐路12号“星光音像”，电话 138 0000 0001"
    other = "請查常樂路12號的星光音像店，13800000001"

    assert {"13800000001", "星光音像"} <= set(in_both(one, other))
    assert in_both(one, "另外一件事") == ()
