"""Pages about the time of a case, its legal questions, and the answer to all reporters."""

from uuid import UUID

from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal.access.guard import current_actor, requires
from portal.access.permissions import Permission
from portal.cases import course_forms as forms
from portal.cases.queries.course import find_question
from portal.cases.queries.page import list_unanswered
from portal.cases.service import advice, answering, clocks
from portal.cases.views.blueprint import act, asked, bp, done, sent
from portal.cases.words import ACTS
from portal.infra.database import db
from portal.kernel.errors import NotFound
from portal.web.returned import returns_form


@bp.route("/cases/<number>/extend", methods=["GET", "POST"])
@requires(Permission.HEAD_CASES)
@returns_form("reason")
def extend(number: str) -> ResponseReturnValue:
    """Give the step of a case more time."""
    form = forms.ExtendForm()
    return act(
        "extend",
        form,
        number,
        clocks.extend_case,
        _("The time is extended. The first date stays beside it."),
    )


@bp.route("/cases/<number>/ask-adviser", methods=["GET", "POST"])
@requires(Permission.WORK_CASES)
@returns_form("adviser", "question")
def ask_adviser(number: str) -> ResponseReturnValue:
    """Put a legal question to an adviser."""
    form = forms.AskAdviserForm()
    return act("ask_adviser", form, number, advice.ask_adviser, _("The question is in the file."))


@bp.route("/cases/<number>/questions/<uuid:which>/answer", methods=["GET", "POST"])
@requires(Permission.WORK_CASES)
@returns_form("answer")
def record_advice(number: str, which: UUID) -> ResponseReturnValue:
    """Write down what an adviser said."""
    form = forms.AdviceForm()
    if sent(form):
        advice.record_advice(form.to_command(number, which), actor=current_actor())
        return done(number, _("The answer is in the file."))
    if find_question(db.session(), number, which, current_actor()) is None:
        raise NotFound("question")
    return asked("record_advice", form, number, ACTS["record_advice"])


@bp.route("/cases/<number>/answer-all", methods=["GET", "POST"])
@requires(Permission.WORK_REPORTS)
@returns_form("text")
def answer_all(number: str) -> ResponseReturnValue:
    """Answer every reporter of a case who has no answer."""
    form = forms.AnswerAllForm()
    if sent(form):
        answering.answer_all(form.to_command(number), actor=current_actor())
        return done(number, _("The answers are on their way. The case shows who has one."))
    waiting = list_unanswered(db.session(), number, current_actor())
    return asked("answer_all", form, number, ACTS["answer_all"], waiting=waiting)
