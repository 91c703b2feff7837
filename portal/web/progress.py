"""Pages of work that is under way: the browser fetches them again by itself, without a script."""

from typing import Final

from flask import make_response
from flask.typing import ResponseReturnValue

# After how long a page that is not finished is fetched again; `under_way` says so in words.
SECONDS: Final = 5


def watched(page: ResponseReturnValue, *, running: bool) -> ResponseReturnValue:
    """The page, fetched again every few seconds for as long as what it shows is under way.

    Not for a page with something to fill in: what was typed would be lost.
    """
    answer = make_response(page)
    if running:
        answer.headers["Refresh"] = str(SECONDS)
    return answer
