"""What may stand in a log: names of events, kinds, codes and random ids; nothing else.

One line of JSON an event, so that no text in a value can forge a second line.
"""

import logging
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

from portal.infra.config import Settings

# Everything a log line may carry. A key that is not here is dropped: the list is the promise.
ALLOWED = frozenset(
    {
        "event",
        "level",
        "timestamp",
        "task",
        "kind",
        "name",
        "problem",
        "job",
        "status",
        "endpoint",
        "method",
        "count",
        "seconds",
        "code",
        "version",
        "process",
        "port",
        "where",
    }
)


def keep_allowed(
    _logger: object, _method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """Drop whatever is not on the list."""
    return {key: value for key, value in event.items() if key in ALLOWED}


def init_logs(settings: Settings) -> None:
    """Write our own events as JSON lines to stderr, and libraries only from WARNING on."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            keep_allowed,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=settings.env != "test",
    )
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr, format="%(name)s %(levelname)s")
