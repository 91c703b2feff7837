"""Flask, but for numbers in addresses, names in templates, and what is said of a breakdown."""

import traceback
from collections.abc import Callable, MutableMapping
from functools import cache
from types import FunctionType, MethodType, TracebackType
from typing import Any, Final

import structlog
from flask import Flask, has_request_context, request
from flask.templating import Environment
from jinja2.runtime import Context, Macro
from jinja2.utils import internalcode
from werkzeug.routing import IntegerConverter, Map, Rule

log = structlog.get_logger()


# The largest that a column of numbers holds.
LARGEST: Final = 2**31 - 1


class Number(IntegerConverter):
    """A number in an address; what no column could hold leads nowhere, as any wrong one does."""

    def __init__(self, url_map: Map, *given: Any, **chosen: Any) -> None:  # noqa: ANN401  # as there
        super().__init__(url_map, *given, **{"max": LARGEST, **chosen})


class LateRule(Rule):
    """A rule that is compiled for writing addresses when it first has to write one.

    Werkzeug does it when a rule is added, twice for each: a tenth of the time it takes to start,
    for five hundred rules of which a process writes a few.
    """

    def _compile_builder(self, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:  # noqa: FBT001, FBT002  # as there
        make = cache(super()._compile_builder)

        def build(_rule: Rule, /, **values: object) -> tuple[str, str]:
            return make(append_unknown)(self, **values)

        return build


class PageContext(Context):
    """What a page knows; it calls macros and functions without finding out each time how.

    Jinja asks six questions about whatever a template calls, and a list calls a thousand times.
    """

    @internalcode
    def call(self, called: Any, /, *given: Any, **named: Any) -> Any:  # noqa: ANN401  # as there
        kind = type(called)
        if kind is Macro:
            given = (self.eval_ctx, *given)
        elif kind not in _PLAIN or hasattr(called, "jinja_pass_arg"):
            return super().call(called, *given, **named)
        named.pop("_loop_vars", None)
        named.pop("_block_vars", None)
        return called(*given, **named)


_PLAIN: Final = (FunctionType, MethodType)


class Pages(Environment):
    """Jinja as Flask has it; what templates may name is settled before the first one is loaded.

    Jinja itself chains two maps, and walks through them name by name at every import in a page.
    """

    context_class = PageContext

    def make_globals(self, d: MutableMapping[str, Any] | None) -> MutableMapping[str, Any]:
        return {**self.globals, **(d or {})}


class Portal(Flask):
    """The application object."""

    url_rule_class = LateRule
    jinja_environment = Pages

    def __init__(self, *given: Any, **chosen: Any) -> None:  # noqa: ANN401  # as Flask has it
        super().__init__(*given, **chosen)
        self.url_map.converters["int"] = Number

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
