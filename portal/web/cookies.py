"""Cookies that carry a random value and nothing else; `__Host-` wherever HTTPS is on."""

from datetime import timedelta

from flask import request
from werkzeug.wrappers import Response as BaseResponse

from portal.infra.config import settings


def cookie_name(name: str) -> str:
    """The name under the present settings: browsers take `__Host-` over HTTPS only."""
    return f"__Host-{name}" if settings().https else name


def read_cookie(name: str) -> str:
    """The value the browser sent, or an empty string."""
    return request.cookies.get(cookie_name(name), "")


def set_cookie(answer: BaseResponse, name: str, value: str, lasts: timedelta) -> None:
    """Have the browser keep the value, for this site and out of reach of scripts."""
    answer.set_cookie(
        cookie_name(name),
        value,
        max_age=lasts,
        secure=settings().https,
        httponly=True,
        samesite="Strict",
        path="/",
    )


def drop_cookie(answer: BaseResponse, name: str) -> None:
    """Have the browser forget the value."""
    answer.delete_cookie(
        cookie_name(name), secure=settings().https, httponly=True, samesite="Strict", path="/"
    )
