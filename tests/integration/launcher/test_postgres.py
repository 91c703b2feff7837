"""The throw-away PostgreSQL cluster, run for real."""

import psycopg
import pytest

from workers.launcher import machine, postgres

programs = machine.postgres_programs()


@pytest.mark.skipif(programs is None, reason="PostgreSQL is not installed; ./sunline test says so")
def test_a_cluster_is_private_and_gone_afterwards():
    with postgres.throwaway_cluster(programs) as url:
        with psycopg.connect(url) as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)
            assert connection.execute("SHOW listen_addresses").fetchone() == ("",)
        folder = psycopg.conninfo.conninfo_to_dict(url)["host"]
        with pytest.raises(psycopg.OperationalError):
            psycopg.connect(host=folder, user="sunline", password="guess", dbname="postgres")

    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(url)
