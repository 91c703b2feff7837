"""How much may be sent, and who may open what."""

import io

import pytest

from portal.evidence.kinds import FileKind
from portal.evidence.refusals import Refusal
from portal.evidence.rules import Limits, may_name_author, may_open, problems
from portal.evidence.states import EvidenceState
from tests.factories import evidence as sent

LIMITS = Limits(file_bytes=2_000, report_bytes=3_000, report_files=3)


def _found(*files: tuple[str, bytes], already: tuple[int, ...] = ()) -> list[tuple[int, Refusal]]:
    pairs = [(name, io.BytesIO(content)) for name, content in files]
    return [(p.position, p.refused.refusal) for p in problems(pairs, LIMITS, already)]


def test_files_within_the_limits_have_no_problem():
    assert _found(("a.jpg", sent.picture()), ("b.txt", b"word")) == []


def test_each_wrong_file_is_named_with_its_own_reason():
    found = _found(("a.jpg", b""), ("b.txt", b"x" * 2_001), ("c.zip", sent.archive(a=b"1")))

    assert found == [
        (1, Refusal.EMPTY),
        (2, Refusal.TOO_LARGE),
        (3, Refusal.NOT_ALLOWED),
    ]


def test_what_the_report_has_already_counts():
    assert _found(("a.txt", b"x"), already=(1, 1, 1)) == [(0, Refusal.TOO_MANY)]
    assert _found(("a.txt", b"xx"), already=(2_999,)) == [(0, Refusal.TOO_LARGE_TOGETHER)]


def test_the_limit_is_told_in_bytes():
    (problem,) = problems([("a\u202eb.txt", io.BytesIO(b"x" * 2_001))], LIMITS)

    assert (problem.filename, problem.refused.limit) == ("a[RLO]b.txt", 2_000)


@pytest.mark.parametrize(
    ("state", "scanner", "opens"),
    [
        (EvidenceState.RECEIVED, True, False),
        (EvidenceState.RECEIVED, False, True),
        (EvidenceState.UNCHECKED, True, False),
        (EvidenceState.UNCHECKED, False, True),
        (EvidenceState.CLEAN, True, True),
        (EvidenceState.CLEAN, False, True),
        (EvidenceState.INFECTED, True, False),
        (EvidenceState.INFECTED, False, False),
    ],
)
def test_where_there_is_a_scanner_only_what_it_passed_opens(state, scanner, opens):
    assert may_open(state, scanner=scanner) is opens


def test_everything_but_plain_text_may_name_its_author():
    assert may_name_author(FileKind.MP4)
    assert not may_name_author(FileKind.CSV)
