"""The interface as a whole: its operations, its description, the command that prints it."""

import json
from http import HTTPStatus
from typing import Any, Final

import click
from flask import Flask, Response, current_app
from flask.cli import AppGroup
from flask_smorest import Api
from flask_smorest.utils import prepare_response

from portal.access.guard import public
from portal.rights_holders.api import batches, complaints, files, problems, webhooks, works
from portal.rights_holders.api.blueprint import bp
from portal.rights_holders.api.shapes import ProblemShape

__all__ = ["batches", "complaints", "files", "webhooks", "works"]

KEY: Final = "sunline-api"
_TITLE, _VERSION, _OPENAPI = "Sunline", "1.0.0", "3.1.0"
_ABOUT: Final = (
    "Complaints of rights-holders, for their programs. A token (made on the page “Programs” of an "
    "organisation) goes into each request. Requests that make something carry an Idempotency-Key; "
    "lists go on at `next`; refusals are problem details (RFC 9457); how many requests are left is "
    "told in RateLimit. Words are in the language of Accept-Language, codes stay. What will end is "
    "told in Deprecation and Sunset at least half a year before."
)

commands = AppGroup("api", help="The interface for programs of rights-holders.")


class _Interface(Api):
    """Refusals are ours (`problems`), and nothing is registered for other addresses."""

    ERROR_SCHEMA = ProblemShape

    def _register_error_handlers(self) -> None:
        """Those of the blueprint are enough."""

    def _register_responses(self) -> None:
        told: dict[str, Any]
        for status in HTTPStatus:
            if status >= HTTPStatus.BAD_REQUEST:
                told = {"description": status.phrase, "schema": ProblemShape}
                prepare_response(told, self.spec, problems.CONTENT_TYPE)
                self.spec.components.response(status.name, told, lazy=True)
        told = {"description": "Any other refusal", "schema": ProblemShape}
        prepare_response(told, self.spec, problems.CONTENT_TYPE)
        self.spec.components.response("DEFAULT_ERROR", told, lazy=True)


def init_api(app: Flask) -> None:
    """Connect the interface and put its description together."""
    about = {"description": _ABOUT, "license": {"name": "AGPL-3.0-or-later"}}
    interface = _Interface(
        spec_kwargs={
            "title": _TITLE,
            "version": _VERSION,
            "openapi_version": _OPENAPI,
            "info": about,
            "security": [{"token": []}],
        }
    )
    interface.init_app(app)
    interface.spec.components.security_scheme("token", {"type": "http", "scheme": "bearer"})
    interface.register_blueprint(bp)
    app.extensions[KEY] = interface
    app.add_url_rule(f"{bp.url_prefix}/openapi.json", "api_description", openapi)


def description() -> dict[str, Any]:
    """The interface as OpenAPI 3.1."""
    said: dict[str, Any] = current_app.extensions[KEY].spec.to_dict()
    return said


@public
def openapi() -> Response:
    """The description, for everybody."""
    return Response(json.dumps(description(), ensure_ascii=False), mimetype="application/json")


@commands.command("spec")
def print_spec() -> None:
    """Print the description (OpenAPI 3.1)."""
    click.echo(json.dumps(description(), ensure_ascii=False, indent=2))
