"""The connection to Redis or Valkey, and the one job that travels through it."""

import os
import uuid
from datetime import UTC, datetime

from redis import Redis, RedisError
from rq import Queue
from rq.serializers import JSONSerializer

from portal.infra.config import settings
from portal.operations.models import QueueSight
from workers.queue_server import is_embedded

QUEUE_NAME = "sunline"
JOB = "workers.runner.run_tasks"


def connect() -> Redis:
    """A client that gives up after a second: the queue is never worth waiting for."""
    url = os.environ.get("REDIS_URL") or settings().redis_url
    if not url:
        raise RuntimeError("REDIS_URL is not set: `./sunline up` starts a queue server and sets it")
    return Redis.from_url(url, socket_timeout=1, socket_connect_timeout=1, health_check_interval=30)


def queue(connection: Redis) -> Queue:
    """The one queue of this installation."""
    return Queue(QUEUE_NAME, connection=connection, serializer=JSONSerializer)


def look(to: Queue) -> QueueSight:
    """What the queue server says of itself; that it does not work, once it has had its time."""
    embedded = is_embedded(os.environ.get("REDIS_URL", ""), settings().var)
    seen = QueueSight(seen_at=datetime.now(UTC), embedded=embedded, works=False)
    try:
        said, seen.length = to.connection.info(), len(to)
    except RedisError:
        return seen
    ours = said.get("valkey_version")
    seen.works = said.get("aof_last_write_status", "ok") == "ok"  # not so on a full disk
    seen.memory = int(said["used_memory"])
    seen.version = f"Valkey {ours}" if ours else f"Redis {said['redis_version']}"
    return seen


def send(
    to: Queue, task_ids: list[uuid.UUID], token: uuid.UUID, seconds: int, *, urgent: bool = False
) -> None:
    """Put the ids of a batch on the queue; neither the job nor its result says more."""
    to.enqueue(
        JOB,
        [task_id.hex for task_id in task_ids],
        token.hex,
        job_timeout=seconds,
        result_ttl=0,
        failure_ttl=60,
        description="tasks",
        at_front=urgent,
    )
