"""`python -m workers.revision`: print the migration the database server stands at, if any."""

import sys

from sqlalchemy import create_engine, inspect, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import NullPool

from portal.infra.config import SettingsWrong, settings


def main() -> int:
    """Print the revision; a server that does not answer is one sentence on stderr."""
    try:
        engine = create_engine(settings().database, poolclass=NullPool, hide_parameters=True)
        with engine.connect() as connection:
            if not inspect(connection).has_table("alembic_version"):
                return 0
            print(connection.scalar(text("SELECT version_num FROM alembic_version")) or "")
    except SettingsWrong as problem:
        print(f"sunline: {problem}", file=sys.stderr)
        return 1
    except SQLAlchemyError:
        print("The database does not answer: check DATABASE_URL and that it runs.", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
