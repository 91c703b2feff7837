"""What is half done in a case when its worker is killed: nothing twice, nothing lost (G1, G4)."""

import contextlib
import json
import time

import psutil
import pytest

from tests.chaos import breaking
from tests.chaos.cases import PAGES, PAPERS, REPORTS
from tests.chaos.complaints import ROWS

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(300)]

PATIENCE = 90
KILLS = 2
PENDING = "SELECT kind, attempts, last_error FROM task WHERE state = 'pending'"
AT_IT = "SELECT 1 FROM task WHERE kind = ? AND state = 'pending' AND attempts >= ?"
# Of many answers some are given before each kill.
SOME_GIVEN = "SELECT 1 FROM case_answer WHERE ended_at IS NULL AND answered >= ?"
SOME_FILED = "SELECT 1 FROM complaint WHERE state = 'filed' GROUP BY 1 HAVING count(*) >= ?"


def wait_for(claim, what):
    give_up = time.monotonic() + PATIENCE
    while not claim():
        assert time.monotonic() < give_up, what()
        time.sleep(0.002)


def settle(here):
    """Let the leases of the dead run out, until nothing is left to be done."""
    breaking.let_time_pass(here, breaking.AFTER_MANY)
    wait_for(lambda: not here.rows(PENDING), lambda: (here.rows(PENDING), here.output[-3000:]))


def workers_of(here):
    return [one for one in here.family() if name_of(one).startswith("sunline worker")]


def each(processes, act):
    """Do it to each that is still there."""
    for one in processes:
        with contextlib.suppress(psutil.NoSuchProcess):
            act(one)


def ask(here, kind, number):
    """Leave the task behind; nobody begins it before somebody watches."""
    workers = workers_of(here)
    each(workers, psutil.Process.suspend)
    here.python("-m", "tests.chaos.cases", "ask", kind, number)
    each(workers, psutil.Process.resume)


def kill_in_the_middle(here, kind, attempt):
    """End every worker, without a warning, while one is at this task for the so-many-th time."""

    def in_the_middle():
        begun = here.rows(AT_IT, kind, attempt)
        return begun and (kind != "answer_case" or here.rows(SOME_GIVEN, attempt * REPORTS // 4))

    wait_for(in_the_middle, lambda: (kind, attempt, here.rows(PENDING)))
    workers = workers_of(here)
    each(workers, psutil.Process.suspend)
    caught = bool(here.rows(AT_IT, kind, attempt))
    each(workers, psutil.Process.kill)
    breaking.let_time_pass(here, breaking.AFTER_MANY)
    return caught


def name_of(process):
    try:
        return process.name()
    except psutil.NoSuchProcess:
        return ""


@pytest.mark.requirement("G1")
@pytest.mark.requirement("G4")
def test_answers_a_bundle_and_a_file_are_made_once_though_their_workers_are_killed(here):
    number = here.python("-m", "tests.chaos.cases", "make").strip()
    settle(here)
    caught = {}
    for kind in ("answer_case", "seal_referral", "bind_file"):
        ask(here, kind, number)
        caught[kind] = [kill_in_the_middle(here, kind, count) for count in range(1, KILLS + 1)]
        settle(here)

    found = json.loads(here.python("-m", "tests.chaos.cases", "look", number))
    assert caught == dict.fromkeys(caught, [True] * KILLS)
    assert found["reports"] == [["answered", 1, 1]] * REPORTS
    assert found["answers"] == [[REPORTS, 0, True]]
    [bundle] = found["bundles"]
    assert len(bundle) == 2 + PAPERS
    assert found["files"] == [["bound", PAPERS * PAGES, []]]
    assert found["made"] == 3
    assert found["bound"] == [1] * PAPERS
    assert {state for _kind, state, _attempts in found["tasks"]} == {"done"}
    assert found["fault"] is None


@pytest.mark.requirement("F16")
@pytest.mark.requirement("G1")
def test_every_row_of_a_sheet_is_one_report_though_the_workers_are_killed(here):
    number = here.python("-m", "tests.chaos.complaints", "make").strip()
    settle(here)
    workers = workers_of(here)
    each(workers, psutil.Process.suspend)
    here.python("-m", "tests.chaos.complaints", "declare", number)
    each(workers, psutil.Process.resume)
    for least in (ROWS // 4, ROWS // 2):
        wait_for(lambda least=least: here.rows(SOME_FILED, least), lambda: here.rows(PENDING))
        each(workers_of(here), psutil.Process.kill)
        breaking.let_time_pass(here, breaking.AFTER_MANY)
    settle(here)

    found = json.loads(here.python("-m", "tests.chaos.complaints", "look", number))
    assert found == [ROWS, ROWS, ROWS]
