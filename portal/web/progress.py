"""Pages of work that is under way: the browser fetches them again by itself, without a script."""

from typing import Final
from urllib.parse import quote, urlencode

from flask import make_response, request
from flask.typing import ResponseReturnValue

# After how long a page that is not finished is fetched again; `under_way` says so in words.
SECONDS: Final = 10
WATCHED, STILL = "watched", "still"


def watched(page: ResponseReturnValue, *, running: bool) -> ResponseReturnValue:
    """The page, fetched again every few seconds for as long as what it shows is under way.

    Whoever asks for it with `still` in the address has it stay as it is (WCAG 2.2, 2.2.1). Not for
    a page with something to fill in: what was typed would be lost.
    """
    answer = make_response(page)
    if running and STILL not in request.args:
        asked = urlencode({**request.args.to_dict(), WATCHED: "1"})
        answer.headers["Refresh"] = (
            f"{SECONDS}; url={quote(request.root_path + request.path)}?{asked}"
        )
    return answer


def is_fetched_by_itself() -> bool:
    """Whether no person asked for this page: nobody is kept signed in by it."""
    return request.method == "GET" and WATCHED in request.args
