"""Ids that sort by when they were made."""

import time

from portal.kernel.ids import ordered_id


def test_ids_are_different_and_sort_by_the_millisecond_they_were_made_in():
    before = time.time_ns() // 1_000_000
    ids = [ordered_id() for _ in range(500)]
    moments = [one.int >> 80 for one in ids]

    assert len(set(ids)) == 500
    assert moments == sorted(moments)
    assert before <= moments[0] <= moments[-1] <= time.time_ns() // 1_000_000
    assert {(one.version, one.variant) for one in ids} == {(7, "specified in RFC 4122")}
