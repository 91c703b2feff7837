"""What is said about a file that is not taken, in both languages."""

import io

import pytest
from flask_babel import force_locale

from portal.evidence.messages import problem_text
from portal.evidence.refusals import FileRefused, Refusal
from portal.evidence.rules import Limits, Problem, problems


@pytest.fixture
def _request(app):
    with app.test_request_context():
        yield


@pytest.mark.usefixtures("_request")
@pytest.mark.parametrize("locale", ["en", "zh_Hans"])
@pytest.mark.parametrize("refusal", [r for r in Refusal if r.value.startswith("file-")])
def test_every_refusal_names_the_file_in_both_languages(locale, refusal):
    problem = Problem(1, "shop.exe", FileRefused(refusal, limit=1_000_000, seen="png"))

    with force_locale(locale):
        said = problem_text(problem)

    assert "shop.exe" in said
    assert "Refusal." not in said


@pytest.mark.usefixtures("_request")
def test_a_file_that_is_too_large_is_told_the_limit():
    limits = Limits(file_bytes=2_000_000, report_bytes=9_000_000, report_files=3)
    (problem,) = problems([("a.txt", io.BytesIO(b"x" * 2_000_001))], limits)

    with force_locale("en"):
        assert problem_text(problem) == "“a.txt” is too large: one file may have 2 MB at most."
    with force_locale("zh_Hans"):
        assert problem_text(problem) == "“a.txt”太大：单个文件不能超过 2 MB。"


@pytest.mark.usefixtures("_request")
def test_the_number_of_files_is_told_as_a_number():
    limits = Limits(file_bytes=9, report_bytes=9, report_files=1)
    problem = next(problems([("a.txt", io.BytesIO(b"x"))] * 2, limits))

    with force_locale("en"):
        assert problem_text(problem) == "There are too many files: 1 at most for one report."
