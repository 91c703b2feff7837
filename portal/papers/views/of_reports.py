"""The papers of a report that is in no case: made on one page, listed on another."""

from uuid import UUID

from flask import Response, flash, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal.access.guard import current_actor, requires
from portal.access.permissions import Permission
from portal.casework.queries.dossier import get_heading
from portal.casework.queries.lines import Facts
from portal.evidence.names import inert_headers
from portal.infra.database import db
from portal.jurisdiction.queries import current_place
from portal.jurisdiction.tables import PaperForm
from portal.kernel.errors import NotFound
from portal.papers.forms import PARTS, ReportPaperForm, StrikeReportPaperForm
from portal.papers.queries.of_reports import get_papers
from portal.papers.service import of_reports
from portal.papers.service.in_hand import form_of
from portal.papers.views.blueprint import bp, page, sent
from portal.papers.words import ACTS
from portal.web.language import current_language
from portal.web.returned import returns_form


@bp.get("/reports/<reference>/papers")
@requires(Permission.READ_REPORTS)
def report_papers(reference: str) -> ResponseReturnValue:
    """The papers made of a report, and the kinds that can be made."""
    session, actor = db.session(), current_actor()
    papers = get_papers(session, reference, actor)
    facts = get_heading(session, reference, actor).facts
    return page("papers/of_report.html", facts=facts, papers=papers)


@bp.route("/reports/<reference>/papers/new/<code>", methods=["GET", "POST"])
@requires(Permission.ENTER_REPORTS)
@returns_form(*PARTS)
def begin_of_report(reference: str, code: str) -> ResponseReturnValue:
    """Make a paper of a report."""
    kind = _kind(code)
    facts = get_heading(db.session(), reference, current_actor()).facts
    known = {"matter": _matter(facts), "language": current_language().tag}
    form = ReportPaperForm(data=known).for_report(kind)
    if sent(form):
        number = of_reports.make_report_paper(form.to_order(reference), actor=current_actor())
        flash(_("Final, with the number %(number)s.", number=number), "success")
        return redirect(url_for("papers.report_papers", reference=reference), 303)
    if not get_papers(db.session(), reference, current_actor()).makes:
        raise NotFound("paper")
    form.see(facts.version)
    words = {"form": form, "facts": facts, "kind": kind, "words": ACTS["make_of_report"]}
    return page("papers/report_act.html", status=form.http_status, **words)


@bp.get("/reports/<reference>/papers/<uuid:paper_id>")
@requires(Permission.READ_REPORTS)
def report_paper(reference: str, paper_id: UUID) -> ResponseReturnValue:
    """A paper as it was made."""
    found = of_reports.open_report_paper(reference, paper_id, actor=current_actor())
    return Response(found.chunks, headers=inert_headers("application/pdf", found.name))


@bp.route("/reports/<reference>/papers/<uuid:paper_id>/strike", methods=["GET", "POST"])
@requires(Permission.ENTER_REPORTS)
@returns_form("reason")
def strike_of_report(reference: str, paper_id: UUID) -> ResponseReturnValue:
    """Take back a paper of a report that was made wrongly."""
    form, actor = StrikeReportPaperForm(), current_actor()
    if sent(form):
        of_reports.strike_report_paper(form.to_order(reference, paper_id), actor=actor)
        flash(_("Struck out."), "success")
        return redirect(url_for("papers.report_papers", reference=reference), 303)
    paper = get_papers(db.session(), reference, actor).open_to_strike(paper_id)
    facts = get_heading(db.session(), reference, actor).facts
    form.see(facts.version)
    words = {"form": form, "facts": facts, "kind": form_of(paper.form)}
    act = ACTS["strike_of_report"]
    return page("papers/report_act.html", status=form.http_status, words=act, **words)


def _kind(code: str) -> PaperForm:
    """A kind of paper that is made without a case; NotFound for any other."""
    form = current_place().papers.get(code)
    if form is None or not form.parts or not form.without_case:
        raise NotFound("paper")
    return form


def _matter(facts: Facts) -> str:
    """What the report is about in the words of the place, never in those of its reporter."""
    place, language = current_place(), current_language().tag
    category = place.categories.get(facts.category)
    where = place.region_name(facts.region, language) if facts.region else ""
    return f"{category.name.in_(language) if category else facts.category}  {where}".strip()
