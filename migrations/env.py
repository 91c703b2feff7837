"""How Alembic reaches the models and the database of this application."""

from importlib import import_module
from pathlib import Path

from alembic import context

import portal.infra.tasks
import portal.infra.throttle
import portal.infra.visits  # noqa: F401  # tables that belong to no stage
from portal.infra.database import WRITING, Base, db

PORTAL = Path(__file__).resolve().parents[1] / "portal"
for models in sorted(PORTAL.rglob("*models.py")):
    inside = models.relative_to(PORTAL).with_suffix("").parts
    import_module(".".join(("portal", *inside)))


def run() -> None:
    """Bring the database to the wanted revision, all steps in one transaction where it can be."""
    with db.engine.connect().execution_options(**{WRITING: True}) as connection:
        context.configure(
            connection=connection,
            target_metadata=Base.metadata,
            render_as_batch=True,
            compare_type=True,
            include_object=_is_ours,
        )
        with context.begin_transaction():
            context.run_migrations()


def _is_ours(_object: object, name: str | None, kind: str, _reflected: object, _to: object) -> bool:
    """Leave the tables of the search index alone: they are no models."""
    return not (kind == "table" and name is not None and name.startswith("search_"))


run()
