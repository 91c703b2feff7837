"""Sunline: the list of what the product is made of. Imported by runners only."""

from pathlib import Path

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.utils import import_string

from portal.accounts.sign_in import init_accounts
from portal.evidence.handing import init_files
from portal.evidence.uploads import UploadRequest
from portal.infra.config import settings
from portal.infra.database import db, engine_options, obey_sqlite_rules
from portal.infra.keys import keys
from portal.infra.logs import init_logs
from portal.jurisdiction.queries import is_department, zone_name
from portal.web.application import Portal
from portal.web.setup import init_web

ROOT = Path(__file__).resolve().parent

BLUEPRINTS = (
    "portal.web.views",
    "portal.jurisdiction.views",
    "portal.intake.views.public",
    "portal.intake.views.staff",
    "portal.evidence.views",
    "portal.feedback.views",
    "portal.disposal.views.pages",
    "portal.rights_holders.views.outside",
    "portal.rights_holders.views.desk",
    "portal.triage.views",
    "portal.casework.views.pages",
    "portal.transfers.views.pages",
    "portal.triage.suggestion_views",
    "portal.cases.views.pages",
    "portal.papers.views.pages",
    "portal.decisions.views.desk",
    "portal.decisions.views.party",
    "portal.rewards.views.pages",
    "portal.rewards.views.reporter",
    "portal.rewards.views.public",
    "portal.campaigns.views",
    "portal.digests.views",
    "portal.hosts.views.pages",
    "portal.counter_notices.views.party",
    "portal.counter_notices.views.own",
    "portal.counter_notices.views.desk",
    "portal.exchange.api",
    "portal.exchange.views",
    "portal.custody.views",
    "portal.identities.views.desk",
    "portal.identities.views.public",
    "portal.rewards.payment.views.own",
    "portal.rewards.payment.views.desk",
    "portal.rewards.payment.views.audit",
    "portal.accounts.views.pages",
    "portal.audit.views",
    "portal.administration.views",
    "portal.operations.views",
)
COMMANDS = (
    "portal.audit.commands:commands",
    "portal.jurisdiction.commands:commands",
    "portal.administration.commands:commands",
    "portal.custody.commands:commands",
    "portal.accounts.commands:commands",
    "portal.triage.commands:commands",
    "portal.papers.commands:commands",
    "portal.disposal.commands:commands",
    "portal.operations.commands:report_commands",
    "portal.operations.commands:demo_commands",
    "portal.operations.commands:operations_commands",
    "portal.operations.docs_commands:commands",
    "portal.rights_holders.api.application:commands",
)


def create_app(*, migrating: bool = True) -> Flask:
    """Build the application from the settings; refuse to when a key is missing.

    Whoever only serves passes `migrating=False`: to import Alembic takes a quarter of a second.
    """
    chosen = settings()
    app = Portal("sunline", root_path=str(ROOT))
    app.request_class = UploadRequest
    app.config.update(
        SECRET_KEY=keys().session,
        SQLALCHEMY_DATABASE_URI=chosen.database,
        SQLALCHEMY_ENGINE_OPTIONS=engine_options(chosen.database),
        # The files of one report at their largest, and the text that comes with them.
        MAX_CONTENT_LENGTH=chosen.max_report_bytes + 2 * chosen.max_form_bytes,
        # For the text of a form; UploadRequest applies it to bodies without files as well.
        MAX_FORM_MEMORY_SIZE=chosen.max_form_bytes,
        MAX_FORM_PARTS=chosen.max_form_parts,
    )
    if chosen.trusted_proxies:
        count = chosen.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=count, x_proto=count, x_host=0)  # type: ignore[method-assign]
    init_logs(chosen)
    db.init_app(app)
    if migrating:
        from flask_migrate import Migrate  # noqa: PLC0415  # see above

        Migrate(app, db, directory=str(ROOT / "migrations"), render_as_batch=True)
    with app.app_context():
        obey_sqlite_rules(db.engine)
    # Who is asking is known before the CSRF token is looked at: a form may have to come back.
    init_files(app)
    init_accounts(app, is_department)
    init_web(app, zone_name)
    for name in BLUEPRINTS:
        app.register_blueprint(import_string(f"{name}:bp"))
    import_string("portal.rights_holders.api.application:init_api")(app)
    for name in COMMANDS:
        app.cli.add_command(import_string(name))
    return app
