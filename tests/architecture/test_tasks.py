"""Every kind of task that may be left has a service that does it, and every service a name."""

import inspect

import pytest

from portal.infra.tasks import TaskKind
from workers.kinds import KINDS
from workers.leases import LEASES
from workers.queue import JOB
from workers.runner import run_tasks
from workers.schedule import SCHEDULE


def test_every_kind_of_task_has_a_service_and_the_reverse():
    assert set(KINDS) == set(TaskKind)


@pytest.mark.parametrize("kind", list(TaskKind))
def test_a_service_takes_the_id_of_its_subject_and_the_actor(kind):
    parameters = list(inspect.signature(KINDS[kind].service).parameters.values())

    assert len(parameters) == 2
    assert (parameters[1].name, parameters[1].kind) == ("actor", inspect.Parameter.KEYWORD_ONLY)


@pytest.mark.parametrize("kind", list(TaskKind))
def test_a_kind_has_a_time_limit_within_the_lease_and_some_attempts(kind):
    assert 0 < KINDS[kind].seconds < LEASES.longest.total_seconds()
    assert KINDS[kind].attempts >= 1


def test_the_one_job_is_where_the_queue_names_it():
    assert f"{run_tasks.__module__}.{run_tasks.__name__}" == JOB


@pytest.mark.parametrize("name", sorted(SCHEDULE))
def test_a_routine_of_the_clock_takes_the_actor_only(name):
    parameters = list(inspect.signature(SCHEDULE[name].routine).parameters.values())

    assert [(one.name, one.kind) for one in parameters] == [
        ("actor", inspect.Parameter.KEYWORD_ONLY)
    ]
