"""What the processes of these tests are: real ones, with kinds of tasks that misbehave.

`python -m tests.integration.workers.stage setup | nursery`
"""

import os
import signal
import sys
import threading
import time
import traceback
from collections.abc import Collection
from contextlib import suppress
from datetime import timedelta
from uuid import UUID

from flask import Flask
from flask_migrate import upgrade

from app import create_app
from portal.audit.trail import record
from portal.custody.sealing import CustodianGroup
from portal.custody.service.post import OpenPost, open_post
from portal.identities.news import look_for_news, tell_by_mail
from portal.infra import keys as key_file
from portal.infra.config import settings
from portal.infra.tasks import TaskKind
from portal.infra.uow import unit_of_work
from portal.jurisdiction.service import LoadPack, load_pack
from portal.kernel.actor import Actor
from tests.factories.custody import PASSPHRASE, holder, make_groups
from tests.integration.identities.test_news import with_news
from workers import lifeline, processes, runner, web
from workers.dispatcher import serve
from workers.kinds import Kind, OnUnknown
from workers.leases import Leases
from workers.supervisor import build, prepare

EFFECT = "stage.effect"
CANARY = "canary-7f3a"
SLOW_SECONDS = 1.5
SHORT = Leases(
    message=timedelta(seconds=3),
    longest=timedelta(seconds=6),
    grace=timedelta(seconds=0.6),
    first_retry=timedelta(milliseconds=50),
)


def leave_effect(subject_id: UUID, *, actor: Actor) -> None:
    """Do what a good task does: change something in one transaction."""
    with unit_of_work(actor) as uow:
        record(uow, EFFECT, "stage", subject_id)


def leave_effects(subject_ids: Collection[UUID], *, actor: Actor) -> None:
    """Do what a good task does for several at once."""
    with unit_of_work(actor) as uow:
        for subject_id in subject_ids:
            record(uow, EFFECT, "stage", subject_id, together=True)


def leave_own_effect(subject_id: UUID, *, actor: Actor) -> None:
    """The same for one."""
    leave_effects([subject_id], actor=actor)


def find_nothing_to_do(_subject_id: UUID, *, actor: Actor) -> None:
    """Write nothing at all."""
    del actor


def work_slowly(subject_id: UUID, *, actor: Actor) -> None:
    """Take longer than the lease, then try to leave an effect."""
    time.sleep(SLOW_SECONDS)
    leave_effect(subject_id, actor=actor)


def break_down(subject_id: UUID, *, actor: Actor) -> None:
    """Fail after the change was made and before it is committed, with words nobody may see."""
    with unit_of_work(actor) as uow:
        record(uow, EFFECT, "stage", subject_id)
        raise ValueError(CANARY)


def die(_subject_id: UUID, *, actor: Actor) -> None:
    """End the process as a crash does."""
    del actor
    os._exit(13)


def loop_for_ever(_subject_id: UUID, *, actor: Actor) -> None:
    """Never end, and swallow what ordinary code can swallow."""
    del actor
    while True:
        with suppress(Exception):
            time.sleep(0.01)


def eat_memory(_subject_id: UUID, *, actor: Actor) -> None:
    """Ask for more than there may be."""
    del actor
    bytearray(64 * 1024**3)


KINDS = {
    "effect": Kind(leave_effect, seconds=5),
    "together": Kind(leave_own_effect, seconds=5, together=leave_effects, at_once=20, most=30),
    "nothing": Kind(find_nothing_to_do, seconds=5),
    "slow": Kind(work_slowly, seconds=60),
    "raise": Kind(break_down, seconds=5, attempts=2),
    "die": Kind(die, seconds=1, attempts=2),
    "die-once": Kind(die, seconds=1, attempts=5, on_unknown=OnUnknown.ASK_A_PERSON),
    "loop": Kind(loop_for_ever, seconds=1, attempts=1),
    "memory": Kind(eat_memory, seconds=5, attempts=1),
    TaskKind.TELL_BY_MAIL: Kind(tell_by_mail, seconds=20, attempts=8),
}


def set_up() -> None:
    """Make an installation: keys, tables, the pack."""
    settings().var.mkdir(parents=True, exist_ok=True)
    key_file.create(settings().keys_dir)
    with create_app().app_context():
        upgrade()
        load_pack(LoadPack("cn_culture_market"), actor=Actor.operator())


def work(app: Flask) -> None:
    """Be a worker."""
    runner.main(app, runner.Setting(app, KINDS, SHORT, runner.MEMORY_BYTES))


def dispatch(app: Flask) -> None:
    """Be a dispatcher until killed."""
    serve(app, threading.Event(), KINDS, SHORT)


def write_letter(app: Flask) -> None:
    """Open the post, have a report come in whose reporter wants letters, and leave the first."""
    with app.app_context():
        make_groups()
        open_post(OpenPost(PASSPHRASE), actor=holder(CustodianGroup.APPROVERS))
        with_news()
        look_for_news(actor=Actor.system("clock"))
    os._exit(0)


def nurse() -> None:
    """Fork a process for each name that is read and say its number.

    The application is built and warmed up once, as the supervisor does it.
    """
    app = build()
    prepare(app, web.know_the_place)
    prepare(app, processes.know_the_rules)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # those that ended are gone at once
    nursery = os.getpid()
    for line in sys.stdin:
        pid = os.fork()
        if pid == 0:
            become(line.strip(), app, nursery)
        sys.stdout.write(f"{pid}\n")
        sys.stdout.flush()


def become(name: str, app: Flask, nursery: int) -> None:
    """In the forked process: be what was asked for, and end; its own children outlive it."""
    try:
        lifeline.die_with_parent(nursery)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        null = os.open(os.devnull, os.O_RDONLY)
        os.dup2(null, sys.stdin.fileno())
        os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
        {"worker": work, "dispatcher": dispatch, "letter": write_letter}[name](app)
    except BaseException:  # noqa: BLE001  # the last stop of a process
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(1)


if __name__ == "__main__":
    {"setup": set_up, "nursery": nurse}[sys.argv[1]]()
