"""The report in steps: one thing on a page, every answer kept on the server until it is sent."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from flask import abort, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from portal.access.guard import current_actor, public
from portal.evidence.queries import FileLine, list_files
from portal.evidence.service import limits
from portal.infra.database import db
from portal.infra.visits import DRAFT_HOURS, LIFETIME, Ticket, VisitPurpose
from portal.intake import drafting, service
from portal.intake.answers import answers_to
from portal.intake.draft import COUNTED, DRAFT_COOKIE, Draft, FormStep
from portal.intake.forms.again import DraftForm
from portal.intake.forms.fields import MOST_MATCHES, chosen_category, network
from portal.intake.forms.questions import question_fields
from portal.intake.forms.steps import FORMS, FilesForm, SendForm, WhatForm, command_of
from portal.intake.uploads import keep_uploads
from portal.intake.views.blueprint import bp
from portal.intake.views.receipt import to_receipt
from portal.jurisdiction.place import Category
from portal.jurisdiction.queries import current_place, search_regions
from portal.web.cookies import drop_cookie, read_cookie, set_cookie
from portal.web.labels import label
from portal.web.language import current_language
from portal.web.returned import comes_back, returns_form

PAGES = {
    FormStep.WHAT: "intake.begin",
    FormStep.FILES: "intake.files",
    FormStep.CHECK: "intake.check",
}
# Beyond this many characters what was refused comes back on the page and is not kept.
MOST_TYPED = 100_000
TYPED = ("region_typed", "place", "when", "site", "narrative", "urls", "name", "phone", "email")
ASKED = ", ".join(step.value for step in FORMS)


def page_of(step: FormStep) -> str:
    """The address of a step."""
    return url_for(PAGES[step]) if step in PAGES else url_for("intake.step", step=step.value)


def find_own_draft() -> Draft | None:
    """The draft of this browser, if it has one that is still open or was sent."""
    ticket = read_cookie(DRAFT_COOKIE)
    return drafting.find_draft(db.session(), Ticket(ticket)) if ticket else None


def own_draft(step: FormStep) -> Draft:
    """The draft, if it has come as far as `step`; else lead to where it stands.

    What is typed on a page whose draft is gone is not thrown away: it begins a new one.
    """
    draft = find_own_draft()
    posted = request.method == "POST"
    if draft is None or draft.sent:
        if posted and step is not FormStep.CHECK:
            return Draft.new(datetime.now(UTC))
        flash(_why_from_the_start(draft))
        abort(redirect(page_of(FormStep.WHAT), 303))
    if not posted and not draft.reached(step):
        abort(redirect(page_of(draft.first_open), 303))
    return draft


def _why_from_the_start(draft: Draft | None) -> str:
    if draft is not None:
        return str(gettext("That report has been sent. Here you can begin another one."))
    return str(
        gettext(
            "There is nothing here to go on with. What is typed is deleted after %(hours)d hours "
            "without a word from you, so that nobody finds it. Please begin again.",
            hours=DRAFT_HOURS,
        )
    )


def go_on(draft: Draft, address: str, *, unwanted: tuple[UUID, ...] = ()) -> ResponseReturnValue:
    """Keep the draft and go to the next page; a new draft gets a cookie of its own."""
    known = find_own_draft()
    fresh = known is None or known.token != draft.token
    ticket = Ticket.new() if fresh else Ticket(read_cookie(DRAFT_COOKIE))
    drafting.keep_draft(ticket, draft, actor=current_actor(), unwanted=unwanted)
    if fresh and FormStep.WHAT not in draft.answered:
        flash(
            gettext(
                "The earlier answers are gone: they were deleted or sent. Your last one is here."
            )
        )
    answer = make_response(redirect(address, code=303))
    set_cookie(answer, DRAFT_COOKIE, ticket.value, LIFETIME[VisitPurpose.DRAFT])
    return answer


def show(form: Any, draft: Draft, step: FormStep, **more: Any) -> ResponseReturnValue:  # noqa: ANN401
    """The page of a step."""
    before = draft.before(step)
    counted = FormStep.WHO if step is FormStep.CONTACT else step
    page = render_template(
        f"intake/{step}.html",
        form=form,
        draft=draft,
        steps=[label(one) for one in COUNTED],
        current=COUNTED.index(counted) + 1,
        back=page_of(before) if before else url_for("intake.start"),
        category=chosen_category(draft.category),
        answers=answers_to(chosen_category(draft.category), draft.replies),
        questions=question_fields(form),
        language=current_language().tag,
        draft_hours=DRAFT_HOURS,
        **more,
    )
    if request.method == "GET" and form.errors:
        ticket = Ticket(read_cookie(DRAFT_COOKIE))
        drafting.keep_draft(ticket, draft.told(step), actor=current_actor())
    return page, 422 if form.is_submitted() else 200


def show_again(form: DraftForm, draft: Draft, **more: Any) -> ResponseReturnValue:  # noqa: ANN401
    """The page of a step; a refusal waits in the draft, so that no page is ever sent twice."""
    if form.is_submitted() and not comes_back() and is_kept(draft, form.step):
        refused = form.refused()
        if sum(len(text) for texts in refused.typed.values() for text in texts) <= MOST_TYPED:
            return go_on(draft.refuse(form.step, refused), page_of(form.step))
    return show(form, draft, form.step, **more)


def is_kept(draft: Draft, step: FormStep) -> bool:
    """Whether this is the draft of the browser, and has come as far as the step."""
    known = find_own_draft()
    return known is not None and known.token == draft.token and draft.reached(step)


@bp.route("/report", methods=["GET", "POST"])
@public
@returns_form()
def begin() -> ResponseReturnValue:
    """What it is about: the first step, open to everybody."""
    kept = find_own_draft()
    draft = kept if kept is not None and not kept.sent else Draft.new(datetime.now(UTC))
    form = WhatForm(draft)
    if form.validate_on_submit():
        return after_what(form.answered(draft))
    return show_again(form, draft, groups=category_groups(), elsewhere=elsewhere())


def after_what(draft: Draft) -> ResponseReturnValue:
    """Go on, by way of the stopper if the category has one; erase files that it may not have."""
    category = chosen_category(draft.category)
    unwanted = draft.file_ids if category is not None and category.link_only else ()
    left = replace(draft, files=()) if unwanted else draft
    stopped = category is not None and category.stopper is not None
    following = url_for("intake.stop") if stopped else page_of(left.after(FormStep.WHAT))
    return go_on(left, following, unwanted=unwanted)


@bp.get("/report/before-you-go-on")
@public
def stop() -> ResponseReturnValue:
    """Send people to the right place before they write, where the category knows of one."""
    draft, language = own_draft(FormStep.WHERE), current_language().tag
    category = chosen_category(draft.category)
    if category is None or category.stopper is None:
        return redirect(page_of(draft.after(FormStep.WHAT)), code=303)
    return render_template(
        "intake/stop.html",
        name=category.name.in_(language),
        advice=category.stopper.in_(language),
        emergency=[(one.number, one.name.in_(language)) for one in current_place().emergency],
        following=page_of(draft.after(FormStep.WHAT)),
    )


@bp.route(f"/report/<any({ASKED}):step>", methods=["GET", "POST"])
@public
@returns_form(*TYPED)
def step(step: str) -> ResponseReturnValue:
    """One of the plain steps: show it, take its answers, go on."""
    asked = FormStep(step)
    draft = own_draft(asked)
    form = FORMS[asked](draft)
    if form.validate_on_submit():
        answered = draft.answer(asked, **form.answers())
        return go_on(answered, page_of(answered.after(asked)))
    return show_again(form, draft)


@bp.route("/report/files", methods=["GET", "POST"])
@public
@returns_form()
def files() -> ResponseReturnValue:
    """Take files, and keep them at once; of several those that are good."""
    draft = own_draft(FormStep.FILES)
    lines = files_of(draft)
    form = FilesForm(draft, tuple(line.size for line in lines))
    taken = form.validate_on_submit()
    if taken or (form.good and is_kept(draft, FormStep.FILES)):
        draft = with_uploads(draft, form)
    if taken:
        answered, more = draft.answer(FormStep.FILES), "add" in request.form
        return go_on(answered, page_of(FormStep.FILES if more else answered.after(FormStep.FILES)))
    return show_again(form, draft, lines=lines, limits=limits())


def with_uploads(draft: Draft, form: FilesForm) -> Draft:
    """The draft with the good files of the form, which are on the disk now."""
    kept = keep_uploads(form.good, network=network(), actor=current_actor(), already=form.sizes)
    return replace(draft, files=(*draft.files, *(one.hex for one in kept)))


@bp.post("/report/files/remove")
@public
def remove_file() -> ResponseReturnValue:
    """Take one file back and erase it."""
    draft = own_draft(FormStep.FILES)
    gone = [one for one in draft.files if draft.handle(one) == request.form.get("file")]
    left = tuple(one for one in draft.files if one not in gone)
    changed = replace(draft, files=left)
    return go_on(changed, page_of(FormStep.FILES), unwanted=tuple(UUID(one) for one in gone))


@bp.route("/report/check", methods=["GET", "POST"])
@public
@returns_form(unless=(service.SentAlready,))
def check() -> ResponseReturnValue:
    """Show all answers, and send them; a second press leads to the same receipt."""
    known = find_own_draft()
    if known is not None and known.sent and request.method == "POST":
        return to_receipt(known.token)
    draft = own_draft(FormStep.CHECK)
    if draft.first_open is not FormStep.CHECK:
        return redirect(page_of(draft.first_open), code=303)
    form = SendForm(draft)
    if form.validate_on_submit() and form.in_good_time(datetime.now(UTC)):
        service.submit_report(command_of(draft, form.proof.data or ""), actor=current_actor())
        drafting.close_draft(Ticket(read_cookie(DRAFT_COOKIE)), draft, actor=current_actor())
        return to_receipt(draft.token)
    said = {"region": region_words(draft), "office": office_words(draft)}
    return show_again(form, draft, lines=files_of(draft), page_of=page_of, **said)


def office_words(draft: Draft) -> str:
    """The office that was asked for."""
    kind = current_place().department_kinds.get(draft.wish)
    return kind.name.in_(current_language().tag) if kind else ""


def region_words(draft: Draft) -> str:
    """The region of the draft; found by a former name, it says so."""
    if not draft.region:
        return ""
    place, language = current_place(), current_language().tag
    found = search_regions(place, draft.region_typed, MOST_MATCHES)
    meant = next((one for one in found if one.code == draft.region and one.former), None)
    return meant.words.in_(language) if meant else place.region_name(draft.region, language)


@bp.post("/report/part")
@public
def part() -> ResponseReturnValue:
    """Send what was begun from the page of an earlier report without a link to it."""
    drafting.part_from_earlier(Ticket(read_cookie(DRAFT_COOKIE)), actor=current_actor())
    flash(gettext("Your report is not linked with the earlier one any more."), "success")
    return redirect(page_of(FormStep.CHECK), code=303)


@bp.post("/report/discard")
@public
def discard() -> ResponseReturnValue:
    """Delete everything typed so far, files too, and begin again."""
    drafting.delete_draft(Ticket(read_cookie(DRAFT_COOKIE)), actor=current_actor())
    flash(gettext("What you typed has been deleted."), "success")
    answer = make_response(redirect(page_of(FormStep.WHAT), code=303))
    drop_cookie(answer, DRAFT_COOKIE)
    return answer


def files_of(draft: Draft) -> list[FileLine]:
    """The files the draft waits with, in the order they were added."""
    if not draft.files:
        return []
    lines = {line.id: line for line in list_files(db.session(), draft.file_ids)}
    return [lines[one] for one in draft.file_ids if one in lines]


def category_groups() -> list[tuple[str, list[Category]]]:
    """The categories on offer by group, in the order of the pack; a group may have no name."""
    groups: dict[str, list[Category]] = {}
    for category in current_place().categories.values():
        if category.offered and category.code != current_place().unsure_category:
            groups.setdefault(category.group, []).append(category)
    return [(group_name(code), members) for code, members in groups.items()]


def group_name(code: str) -> str:
    """What a group of categories is called; "" for one that no catalogue names."""
    key = f"category-group.{code}"
    found = str(gettext(key))
    return "" if found == key else found


def elsewhere() -> list[Category]:
    """What is not taken here, with where to turn instead."""
    every = current_place().categories.values()
    return [category for category in every if not category.offered and category.stopper]
