"""A small site of its own for the page foundation: real layouts, headers and error pages."""

import pytest
from flask import Blueprint, Flask, abort, flash, redirect, render_template_string
from flask_babel import lazy_gettext as _l
from flask_login import LoginManager
from jinja2 import FileSystemBytecodeCache
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.exceptions import TooManyRequests

from portal.infra.config import ROOT
from portal.kernel.errors import MoveRefused, NotFound, NotPermitted, RuleBroken, Unavailable
from portal.web import forms, views
from portal.web.setup import init_web
from tests.pages import Pages

PAGE = """{% extends "layouts/public.html" %}
{% from "components/forms.html" import error_summary, form_start, form_end, submit %}
{% from "components/forms.html" import exit_this_page %}
{% block title %}Letter{% endblock %}
{% block exit %}{{ exit_this_page() }}{% endblock %}
{% block content %}{{ error_summary(form) }}{{ form_start(form, files=true) }}
{% for field in form if field.type != "CSRFTokenField" %}{{ field() }}{% endfor %}
{{ submit("Send") }}{{ form_end() }}{% endblock %}"""

REFUSALS = {
    "not-found": lambda: NotFound("report"),
    "not-permitted": lambda: NotPermitted("not-permitted"),
    "rule-broken": lambda: RuleBroken("closing-without-answer"),
    "move-refused": lambda: MoveRefused("move-refused", subject="report"),
    "unavailable": lambda: Unavailable("disk-full"),
    "database": lambda: OperationalError("SELECT secret", {"name": "canary"}, Exception("canary")),
    "overtaken": lambda: IntegrityError("INSERT secret", {"name": "canary"}, Exception("canary")),
    "stale": lambda: StaleDataError("UPDATE canary"),
    "broken": lambda: ZeroDivisionError("canary"),
    "flooded": lambda: TooManyRequests(retry_after=30),
}

bp = Blueprint("trial", __name__)


class LetterForm(forms.PortalForm):
    name = forms.ShortText(_l("Language"), required=True, max_length=5, hint="As you like")
    story = forms.LongText("Story", required="Tell us what happened", max_length=10)
    kind = forms.Choice("Kind", choices=[("a", "A"), ("b", "B")], required=True)
    tags = forms.Choices("Tags", choices=[("x", "X"), ("y", "Y")])
    place = forms.Pick("Place", choices=[("", "-"), ("p", "P")])
    agreed = forms.Tick("Agreed", required=True)
    count = forms.Number("Count")
    day = forms.Day("Day")
    moment = forms.Moment("Moment")
    mail = forms.Email("Mail")
    phone = forms.Telephone("Phone")
    secret = forms.Password("Secret")
    papers = forms.Files("Papers")


@bp.route("/letter", methods=["GET", "POST"])
def letter():
    form = LetterForm()
    if form.validate_on_submit():
        bp.received = form.data
        flash("Thank you", "success")
        return redirect("/letter", code=303)
    return render_template_string(PAGE, form=form), 422 if form.is_submitted() else 200


@bp.route("/refuse/<why>", methods=["GET", "POST"])
def refuse(why):
    error = REFUSALS[why]()
    raise error


@bp.post("/abort/<int:status>")
def stop(status):
    abort(status)


@bp.get("/echo")
def echo():
    return render_template_string(
        '{% extends "layouts/public.html" %}{% block title %}{{ text }}{% endblock %}'
        '{% block content %}<p title="{{ text }}">{{ text }}</p>{% endblock %}',
        text='" onmouseover="alert(1)"><script>alert(\'1\')</script>',
    )


@pytest.fixture(scope="session")
def compiled_templates(tmp_path_factory: pytest.TempPathFactory) -> FileSystemBytecodeCache:
    """Each test has a site of its own; compiling its templates each time would take longest."""
    return FileSystemBytecodeCache(str(tmp_path_factory.mktemp("templates")))


@pytest.fixture
def site(compiled_templates: FileSystemBytecodeCache) -> Flask:
    app = Flask("sunline", root_path=str(ROOT))
    app.jinja_env.bytecode_cache = compiled_templates
    app.config.update(SECRET_KEY="only for this test", SESSION_COOKIE_SECURE=False)
    init_web(app, lambda: "Asia/Shanghai")
    LoginManager(app).user_loader(lambda _id: None)
    app.register_blueprint(views.bp)
    app.register_blueprint(bp)
    return app


@pytest.fixture
def pages(site: Flask) -> Pages:
    return Pages(site, may_break=True)


@pytest.fixture
def english(site: Flask) -> Pages:
    return Pages(site, "en", may_break=True)
