"""Everything pages need, connected to an application in one call."""

from collections.abc import Callable

from flask import Flask
from flask_wtf.csrf import CSRFProtect

from portal.web.errors import init_errors
from portal.web.headers import init_headers
from portal.web.language import init_language
from portal.web.returned import init_returned
from portal.web.templating import init_templates
from portal.web.translations import commands
from portal.web.unread import init_unread


def init_web(app: Flask, zone: Callable[[], str] = lambda: "UTC") -> None:
    """Connect templates, language, headers, CSRF protection and error pages.

    `zone` names the time zone of the place; it is asked when a page shows a time.
    """
    # Our own Referrer-Policy leaves no Referer to compare, so the token alone must prove it;
    # it lives as long as the session, so that a long letter does not expire under one's hands.
    app.config.setdefault("WTF_CSRF_SSL_STRICT", False)
    app.config.setdefault("WTF_CSRF_TIME_LIMIT", None)
    CSRFProtect(app)
    init_language(app, zone)
    init_templates(app)
    init_headers(app)
    init_errors(app)
    init_returned(app)
    init_unread(app)
    app.cli.add_command(commands)
