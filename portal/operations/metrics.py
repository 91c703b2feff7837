"""Figures for a monitor, in the text format of Prometheus: counts only, of no place and nobody."""

import hmac
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from ipaddress import ip_address
from typing import Final

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.infra.config import Settings
from portal.infra.throttle import ThrottleCount
from portal.intake.flood import EVERYBODY
from portal.intake.models import Report
from portal.operations.beats import find_queue, living
from portal.operations.health import disk
from portal.operations.models import ProcessKind
from portal.operations.tasks import by_kind

CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"


def may_read_metrics(chosen: Settings, address: str, bearer: str) -> bool:
    """Whoever has the token; without one, this machine alone, and in production nobody."""
    if chosen.metrics_token:
        return hmac.compare_digest(bearer.encode(), chosen.metrics_token.encode())
    return not chosen.production and _is_loopback(address)


def _is_loopback(address: str) -> bool:
    try:
        return ip_address(address).is_loopback
    except ValueError:
        return False


def metrics_text(session: Session) -> bytes:
    """All figures as they are now."""
    registry = CollectorRegistry()
    registry.register(_Figures(session))
    text: bytes = generate_latest(registry)
    return text


class _Figures(Collector):
    def __init__(self, session: Session) -> None:
        self._session = session

    def describe(self) -> Iterator[Metric]:
        """Nothing beforehand: the figures are asked for once."""
        return iter(())

    def collect(self) -> Iterator[Metric]:
        """Tasks by kind, state and age, what lives, reports by state, room for files, floods."""
        yield from self._tasks()
        yield from self._machinery()
        yield self._floods()
        reports = GaugeMetricFamily("sunline_reports", "Reports by state", labels=["state"])
        counted = select(Report.state, func.count()).group_by(Report.state)
        for state, count in self._session.execute(counted):
            reports.add_metric([state], count)
        yield reports
        free = disk().free
        yield GaugeMetricFamily("sunline_disk_free_bytes", "Room for files", value=free)

    def _machinery(self) -> Iterator[Metric]:
        """The processes that live, and what was last seen of the queue server."""
        processes = GaugeMetricFamily("sunline_processes", "Living processes", labels=["kind"])
        alive = Counter(beat.kind for beat in living(self._session, datetime.now(UTC)))
        for kind in ProcessKind:
            processes.add_metric([kind], alive[kind])
        yield processes
        queue = find_queue(self._session)
        if queue is None:
            return
        yield GaugeMetricFamily("sunline_queue_up", "The queue server works", int(queue.works))
        if queue.length is not None:
            yield GaugeMetricFamily("sunline_queue_messages", "Messages that wait", queue.length)
            yield GaugeMetricFamily("sunline_queue_memory_bytes", "Memory in use", queue.memory)

    def _floods(self) -> Metric:
        """What the whole site has had too much of, so that each next one shows a proof."""
        floods = GaugeMetricFamily(
            "sunline_proof_asked", "Floods of the whole site, by what is sent", labels=["kind"]
        )
        row = ThrottleCount
        flooded = select(row.kind).where(
            row.bucket == EVERYBODY, row.held_until > datetime.now(UTC)
        )
        for kind in self._session.scalars(flooded.order_by(row.kind)):
            floods.add_metric([kind], 1)
        return floods

    def _tasks(self) -> Iterator[Metric]:
        now = datetime.now(UTC)
        tasks = GaugeMetricFamily(
            "sunline_tasks", "Tasks that are not over", labels=["kind", "state"]
        )
        oldest = GaugeMetricFamily(
            "sunline_task_oldest_seconds", "How long the oldest pending one is due", labels=["kind"]
        )
        for line in by_kind(self._session, now):
            for state in ("pending", "waiting", "dead"):
                tasks.add_metric([line.kind, state], getattr(line, state))
            if line.oldest is not None:
                oldest.add_metric([line.kind], max(0.0, (now - line.oldest).total_seconds()))
        yield from (tasks, oldest)
