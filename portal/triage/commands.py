"""`sunline triage …`: trying the rules on a file, and asking again why a report is where it is."""

import json
from pathlib import Path

import click
from flask.cli import AppGroup
from sqlalchemy import inspect

from portal.accounts.queries import find_actor, find_by_name
from portal.infra.database import db
from portal.jurisdiction.candidate import candidate_of
from portal.jurisdiction.changing import list_drafts, newest_place
from portal.jurisdiction.models import PackVersion
from portal.jurisdiction.pack import pack_folder, read_pack
from portal.jurisdiction.pack_files import PackInvalid
from portal.jurisdiction.place import Place
from portal.jurisdiction.queries import current_place
from portal.kernel.actor import Actor
from portal.kernel.errors import NotFound, RuleBroken, Unavailable
from portal.kernel.reference import normalise_reference
from portal.triage.preview import AT_ONCE, MOST, PreviewRouting, get_preview, preview_routing
from portal.triage.replay import Replay, list_replays
from portal.triage.trial import Trial


class _Triage(AppGroup):
    """A group in which a file may stand for the command that tries the rules on it."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """`triage FILE` is `triage try FILE`."""
        named = args[:1] and args[0] in self.commands
        return super().resolve_command(ctx, args if named else ["try", *args])


commands = _Triage("triage", help="Routing: try the rules, replay a decision.")


@commands.command("try")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--pack", help="Try this pack: a folder, or the name of a shipped one.")
@click.option("--drafts", metavar="ACCOUNT", help="Try the newest version with somebody's drafts.")
def try_rules(file: Path, pack: str | None, drafts: str | None) -> None:
    """Try the rules on the reports of FILE (JSON lines) and print what becomes of each.

    The rules are those in force: the version of the place that holds now, for the reports of its
    country. Reports of the other shipped pack, and all where no place is loaded, are tried with
    the packs as shipped. Nothing is stored. A wrong line is named on stderr; the others are
    printed all the same. Where the place in force is another pack of the same country, --pack has
    to say which rules are meant.
    """
    if pack and drafts:
        raise click.UsageError("Either --pack or --drafts, not both.")
    trial = Trial(file.name, _places(pack, drafts), named=bool(pack or drafts))
    try:
        with file.open("rb") as lines:
            for outcome in trial.outcomes(lines):
                click.echo(json.dumps(outcome, ensure_ascii=False))
    except RuleBroken as unclear:
        raise click.ClickException(_which_pack(unclear)) from unclear
    for problem in trial.problems:
        click.echo(str(problem), err=True)
    if trial.problems:
        raise SystemExit(1)


def _which_pack(unclear: RuleBroken) -> str:
    reports, place = unclear.params["reports"], unclear.params["place"]
    return (
        f"The reports are of the pack {reports}, and the place in force is {place}, of the same "
        "country: which rules are meant? Say it with --pack, by the name or folder of a pack."
    )


def _places(pack: str | None, drafts: str | None) -> tuple[Place, ...]:
    """The place to try; none where nothing is loaded or no database was made yet."""
    if pack:
        return (_read(pack),)
    if drafts:
        return (_with_drafts(drafts),)
    if not inspect(db.engine).has_table(PackVersion.__tablename__):
        return ()
    try:
        return (current_place(),)
    except Unavailable:
        return ()


def _read(pack: str) -> Place:
    try:
        return read_pack(pack_folder(pack))
    except PackInvalid as invalid:
        for problem in invalid.problems:
            click.echo(str(problem), err=True)
        raise SystemExit(1) from None


def _with_drafts(name: str) -> Place:
    """The newest version with the drafts of an account that are not handed in."""
    session = db.session()
    account = find_by_name(session, name)
    actor = find_actor(session, account.id) if account else None
    if actor is None:
        raise click.ClickException(f"There is no open account {name}.")
    made = candidate_of(newest_place(session), list_drafts(session, actor))
    for fault in made.faults:
        click.echo(
            f"{fault.part} {fault.key}: {fault.what}; would be right: {fault.would_be_right}",
            err=True,
        )
    if made.place is None:
        raise SystemExit(1)
    return made.place


@commands.command("replay")
@click.argument("reference")
def replay(reference: str) -> None:
    """Route a report again with the rules of its day; exit with 1 if another answer comes out."""
    wanted = normalise_reference(reference) or ""
    try:
        found = list(list_replays(db.session(), wanted, Actor.operator()))
    except NotFound as nothing:
        sentence = f"There is no report {reference}; check it letter by letter."
        raise click.ClickException(sentence) from nothing
    for one in found:
        click.echo(_said(one))
    if not all(one.same for one in found):
        raise SystemExit(1)


def _said(one: Replay) -> str:
    which = f"decision {one.version}, place version {one.pack_version}: {one.unit}"
    if one.rule is None:
        return f"{which} by a person; there is nothing to replay."
    if one.answered is None:
        return f"{which} by rule {one.rule}; made before facts were kept."
    if one.same:
        return f"{which} by rule {one.rule}; the same comes out again."
    unit, rule = one.answered
    return f"{which} by rule {one.rule}; NOW {unit} by rule {rule}."


@commands.command("preview")
@click.argument("pack")
@click.option("--reports", type=click.IntRange(1, MOST), default=AT_ONCE, show_default=True)
def preview(pack: str, reports: int) -> None:
    """Say which of the newest reports PACK (a folder) would send elsewhere than the place does.

    Beyond a thousand reports a worker does it; the number printed is its name.
    """
    current_place()
    try:
        order = PreviewRouting(read_pack(pack_folder(pack)), reports)
        made = preview_routing(order, actor=Actor.operator())
    except PackInvalid as invalid:
        for problem in invalid.problems:
            click.echo(str(problem), err=True)
        raise SystemExit(1) from None
    except RuleBroken as refusal:
        raise click.ClickException(f"Refused: {refusal.code}.") from refusal
    shown = get_preview(db.session(), made, Actor.operator())
    click.echo(f"{shown.effect.looked_at} of {shown.total} looked at, preview {made}")
    for one in shown.effect.moves:
        click.echo(f"{one.count}\t{one.move.before} -> {one.move.after}\trule {one.move.rule}")
