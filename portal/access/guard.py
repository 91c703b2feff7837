"""Every view says who may use it: `@public` or `@requires(permission)`.

A test walks the URL map and finds any endpoint that says neither.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

from flask import redirect, request, url_for
from flask_login import current_user

from portal.access.permissions import Permission, demand
from portal.kernel.actor import Actor

V = TypeVar("V", bound=Callable[..., Any])


def current_actor() -> Actor:
    """Who is behind this request: the signed-in member of staff, or the public."""
    return current_user.actor if current_user.is_authenticated else Actor.public()


def public(view: V) -> V:
    """Mark a view as open to everybody."""
    view.access = "public"  # type: ignore[attr-defined]
    return view


def requires(permission: Permission) -> Callable[[V], V]:
    """Let only signed-in staff with `permission` use the view; send others to the sign-in page."""

    def decorate(view: V) -> V:
        @wraps(view)
        def guarded(*args: object, **kwargs: object) -> object:
            if not current_user.is_authenticated:
                return redirect(url_for("accounts.sign_in", next=_where_to_return()), code=303)
            demand(current_actor(), permission)
            return view(*args, **kwargs)

        guarded.access = permission  # type: ignore[attr-defined]
        return guarded  # type: ignore[return-value]

    return decorate


def _where_to_return() -> str | None:
    """The page to come back to after signing in; only a GET can be repeated safely."""
    return request.full_path.rstrip("?") if request.method == "GET" else None
