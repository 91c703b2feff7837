"""A refusal reads what it refused to its end, so that the answer arrives.

A connection that is closed with bytes unread is reset, and the browser shows an error of its own
in place of ours.
"""

from contextlib import suppress

from flask import Flask, Response, current_app, request

_PIECE = 65_536


def _read_to_the_end(response: Response) -> Response:
    """Throw away what is left of a refused request, as far as any request may be long."""
    if response.status_code >= 400:  # noqa: PLR2004  # a refusal
        stream, left = request.environ["wsgi.input"], current_app.config["MAX_CONTENT_LENGTH"] or 0
        with suppress(OSError):  # the sender is gone
            while left > 0 and (piece := stream.read(min(_PIECE, left))):
                left -= len(piece)
    return response


def init_unread(app: Flask) -> None:
    """Have every refusal read to the end."""
    app.after_request(_read_to_the_end)
