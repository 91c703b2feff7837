"""Flask, but for what it writes down when something breaks."""

import traceback
from types import TracebackType

import structlog
from flask import Flask, has_request_context, request

log = structlog.get_logger()


class Portal(Flask):
    """The application object."""

    def log_exception(
        self,
        exc_info: tuple[type, BaseException, TracebackType] | tuple[None, None, None],
    ) -> None:
        """Write down what broke and where, and nothing it was given.

        A message or a local variable may hold what somebody typed, so neither is logged.
        """
        kind, _error, trace = exc_info
        frames = traceback.extract_tb(trace)
        ours = [frame for frame in frames if "/portal/" in frame.filename] or frames
        where = ours[-1] if ours else None
        log.error(
            "unhandled",
            problem=kind.__name__ if kind else "",
            where=f"{where.filename.rpartition('/portal/')[2]}:{where.lineno}" if where else "",
            endpoint=request.endpoint if has_request_context() else "",
        )
