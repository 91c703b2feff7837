"""Headers of every answer: what the browser may load, keep and tell others."""

from collections.abc import Mapping

from flask import Flask, Response, request

from portal.infra.config import settings
from portal.web.assets import YEAR, static_cache_control

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'{files}; "
    "font-src 'self'; connect-src 'self'; form-action 'self'{files}; frame-ancestors 'none'; "
    "base-uri 'none'"
)

FIXED: Mapping[str, str] = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Frame-Options": "DENY",
    "Permissions-Policy": (
        "accelerometer=(), browsing-topics=(), camera=(), display-capture=(), geolocation=(), "
        "gyroscope=(), magnetometer=(), microphone=(), midi=(), payment=(), usb=()"
    ),
}


def add_headers(response: Response) -> Response:
    """Set the headers; a stricter policy that a view set for its own answer is kept."""
    https = settings().https
    files = settings().files_origin
    # Pictures come from there, and the form that opens an original leads there.
    policy = POLICY.format(files=f" {files}" if files else "")
    policy += "; upgrade-insecure-requests" if https else ""
    response.headers.setdefault("Content-Security-Policy", policy)
    response.headers.update(FIXED)
    if request.endpoint == "evidence.file":
        response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    if https:
        response.headers["Strict-Transport-Security"] = f"max-age={YEAR}; includeSubDomains"
    static = request.endpoint == "static" and response.status_code in {200, 206, 304}
    response.headers["Cache-Control"] = static_cache_control() if static else "no-store"
    response.headers.pop("Server", None)
    return response


def init_headers(app: Flask) -> None:
    """Add the headers to every answer, error pages and static files included."""
    app.after_request(add_headers)
