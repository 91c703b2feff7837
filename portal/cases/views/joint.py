"""Pages of joint work on a case: members for the unit that leads, its own part for each member."""

from functools import partial
from uuid import UUID

from flask import flash, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal.access.guard import current_actor, requires
from portal.access.permissions import Permission, may
from portal.cases import joint_forms as forms
from portal.cases.queries import joint as queries
from portal.cases.queries.lists import DUE_KEY, CaseList
from portal.cases.service import joint
from portal.cases.views.blueprint import Met, act, asked, bp, done, page, sent
from portal.cases.words import ACTS
from portal.casework.queries.board import viewpoint
from portal.infra.database import db
from portal.jurisdiction.queries import unit_name
from portal.web.language import current_language
from portal.web.pagination import requested_window
from portal.web.returned import returns_form


@bp.route("/cases/<number>/add-member", methods=["GET", "POST"])
@requires(Permission.HEAD_CASES)
@returns_form("region", "asked", "shared")
def add_member(number: str) -> ResponseReturnValue:
    """Have another unit take part in a case."""
    form = forms.MemberForm()
    if sent(form):
        joint.add_member(form.to_order(number), actor=current_actor())
        return done(number, _("The unit sees its part."))
    return asked("add_member", form, number, ACTS["add_member"])


@bp.route("/cases/<number>/members/<uuid:member>/end", methods=["GET", "POST"])
@requires(Permission.HEAD_CASES)
@returns_form()
def end_member(number: str, member: UUID) -> ResponseReturnValue:
    """End the part of a unit."""
    form = forms.EndMemberForm()
    said, called = _("Its part has ended."), partial(_called, number, member)
    return act("end_member", form, number, joint.end_membership, said, member, called=called)


@bp.route("/cases/<number>/members/<uuid:member>/give-task", methods=["GET", "POST"])
@requires(Permission.WORK_CASES)
@returns_form("text")
def give_member_task(number: str, member: UUID) -> ResponseReturnValue:
    """Give a member something to do."""
    form = forms.MemberTaskForm()
    said, called = _("The task is given."), partial(_called, number, member)
    return act(
        "give_member_task", form, number, joint.give_member_task, said, member, called=called
    )


def _called(number: str, member: UUID, _met: Met) -> str:
    """The name of a unit that takes part; "" for none of the case."""
    lines = queries.list_members(db.session(), number, current_actor())
    language = current_language().tag
    return next((unit_name(one.unit, language) for one in lines if one.id == member), "")


@bp.get("/cases/joint")
@requires(Permission.WORK_CASES)
def parts() -> ResponseReturnValue:
    """The cases in which the reader's unit has a part."""
    view = viewpoint(current_actor())
    lines = queries.list_parts(db.session(), view, requested_window(*DUE_KEY))
    return page("parts", lines=lines, lists=tuple(CaseList))


@bp.get("/cases/joint/<uuid:member>")
@requires(Permission.WORK_CASES)
def part(member: UUID) -> ResponseReturnValue:
    """The part of the reader's unit in a case, and nothing else of it."""
    actor = current_actor()
    shown = queries.get_part(db.session(), member, actor)
    return page("part", part=shown, signs=may(actor, Permission.HEAD_CASES))


@bp.post("/cases/joint/<uuid:member>/sign")
@requires(Permission.HEAD_CASES)
def sign_part(member: UUID) -> ResponseReturnValue:
    """Sign that the unit takes its part."""
    joint.sign_membership(joint.SignMembership(member), actor=current_actor())
    flash(_("Signed."), "success")
    return redirect(url_for("cases.part", member=member), 303)


@bp.route("/cases/joint/<uuid:member>/tasks/<uuid:task>/finish", methods=["GET", "POST"])
@requires(Permission.WORK_CASES)
@returns_form("result")
def finish_member_task(member: UUID, task: UUID) -> ResponseReturnValue:
    """Note that a task of the unit is done, and what came of it."""
    form = forms.MemberResultForm()
    if sent(form):
        joint.finish_member_task(form.to_command(member, task), actor=current_actor())
        flash(_("Done, and on the file."), "success")
        return redirect(url_for("cases.part", member=member), 303)
    shown = queries.get_part(db.session(), member, current_actor())
    status = 422 if form.is_submitted() else 200
    words = ACTS["finish_member_task"]
    return page("part_act", status=status, form=form, part=shown, words=words)
