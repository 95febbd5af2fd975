"""A release brought into a real PostgreSQL: whole, once, with only the rows that differ, and never half."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from crosschannel.cli.export_actions import Account, database_of
from crosschannel.contracts.delivery import CUSTOMER_CHANGES
from crosschannel.errors import LockedError, StorageError, UsageError
from crosschannel.io import postgres
from crosschannel.io.lake import Lake
from crosschannel.io.postgres import Database, Target, exported, take_over
from crosschannel.io.releases import releases
from crosschannel.jobs.export_release import Wanted, export_postgres
from crosschannel.jobs.manage_releases import Word, roll_back
from tests.jobs.test_publish_segments import DAY_1, DAY_2, LAST_WEEK, THIS_WEEK, publish, scored
from tests.jobs.test_releases import WORD

pytestmark = [pytest.mark.long, pytest.mark.postgres]
PASSWORD = "s3cret-of-the-test"


class Server:
    """A server of its own on loopback, in a temporary folder; made by the programs of Debian's package."""

    def __init__(self, folder: Path) -> None:
        found = [p for p in (shutil.which("initdb"), *sorted(map(str, Path("/usr/lib/postgresql").glob("*/bin/initdb")), reverse=True)) if p]
        assert found, "PostgreSQL is not installed: apt-get install postgresql, or put initdb on the PATH"
        self.bin, self.data, self.sockets = Path(found[0]).resolve().parent, folder / "data", folder
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]

    def program(self, name: str, *words: str) -> str:
        """Run one of its programs; the server refuses to run as root, so root runs it as nobody."""
        words = (str(self.bin / name), *words)
        if os.geteuid() == 0:
            words = ("setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups", *words)
        env = {**os.environ, "PGPASSWORD": PASSWORD, "LC_ALL": "C.UTF-8"}
        done = subprocess.run(words, capture_output=True, text=True, check=False, cwd=self.sockets, env=env)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def start(self) -> None:
        secret = self.sockets / "password"
        secret.write_text(PASSWORD)
        if os.geteuid() == 0:
            for path in (self.sockets, secret):
                shutil.chown(path, "nobody", "nogroup")
        self.program("initdb", "-D", str(self.data), "-U", "loader", f"--pwfile={secret}", "--auth=scram-sha-256", "--encoding=UTF8", "--no-sync")
        options = f"-p {self.port} -k {self.sockets} -c listen_addresses=127.0.0.1 -c fsync=off"
        self.program("pg_ctl", "-D", str(self.data), "-l", str(self.sockets / "log"), "-w", "-o", options, "start")

    def stop(self) -> None:
        self.program("pg_ctl", "-D", str(self.data), "-m", "immediate", "stop")

    def ask(self, query: str) -> list[str]:
        """Return the rows of a query as a client of its own sees them."""
        return self.program("psql", "-h", "127.0.0.1", "-p", str(self.port), "-U", "loader", "-d", "postgres", "-tA", "-c", query).split("\n")[:-1]

    @property
    def database(self) -> Database:
        return Database(f"jdbc:postgresql://127.0.0.1:{self.port}/postgres", "loader", PASSWORD, "crm")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = Path("/tmp") / f"pg-{os.getpid()}"  # a short path: the name of a socket has room for 107 characters
    folder.mkdir()
    made = Server(folder)
    made.start()
    yield made
    made.stop()
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
def lake(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> Lake:
    made = Lake(spark, str(tmp_path_factory.mktemp("pg") / "lake"))
    scored(made, DAY_1, LAST_WEEK)
    publish(made, DAY_1)
    return made


def test_a_release_is_taken_over_whole_once_and_with_its_differences_only(lake, server):
    said: list[str] = []
    first = export_postgres(lake, Wanted("current"), server.database, said.append)
    assert server.ask("SELECT customer_id, segment_id, purchase_score FROM crm.customer_segments ORDER BY 1") == ["c_1|s_a|0.3", "c_2|s_a|0.2", "c_3|s_b|0.1"]
    assert server.ask("SELECT count(*), count(DISTINCT mean_scores) FROM crm.segment_profiles WHERE mean_scores::json IS NOT NULL") == ["2|2"]
    assert server.ask("SELECT release_id, release_number FROM crm.exported_releases") == [f"{first.release_id}|1"]
    assert exported(lake.spark, server.database) == first.release_id
    said.clear()
    export_postgres(lake, Wanted("current"), server.database, said.append)
    assert said == [f"nothing to do: crm holds release {first.release_id} already"]
    server.ask("CREATE VIEW crm.mine AS SELECT customer_id, segment_name FROM crm.customer_segments")

    scored(lake, DAY_2, THIS_WEEK)
    publish(lake, DAY_2)
    said.clear()
    export_postgres(lake, Wanted("current", "previous"), server.database, said.append)
    assert "crm.customer_segments: 4 rows inserted, updated or deleted" in said  # three come, one goes; release_id is new in all
    assert server.ask("SELECT customer_id FROM crm.mine ORDER BY 1") == ["c_1", "c_2", "c_4"]
    changes = server.ask(f"SELECT customer_id, change_type FROM crm.{CUSTOMER_CHANGES} ORDER BY 1")
    assert changes == ["c_2|changed", "c_3|gone", "c_4|new"]
    assert server.ask("SELECT count(DISTINCT release_id) FROM crm.segment_changes") == ["2"]
    assert server.ask("SELECT count(*) FROM pg_tables WHERE tablename LIKE '%staged%'") == ["0"]

    roll_back(lake, "1", Word(WORD.acted_by, WORD.acted_ts, WORD.reason))
    export_postgres(lake, Wanted("current"), server.database, said.append)
    assert server.ask("SELECT customer_id FROM crm.mine ORDER BY 1") == ["c_1", "c_2", "c_3"]


@pytest.mark.fault(3)
def test_an_export_that_does_not_hold_the_releases_rows_changes_nothing(lake, server):
    export_postgres(lake, Wanted("current"), server.database, lambda _: None)
    before = server.ask("SELECT * FROM crm.customer_segments ORDER BY 1")
    rows = lake.spark.createDataFrame([("c_9", "s_z")], "customer_id string, segment_id string")
    with pytest.raises(StorageError, match="customer_segments: 1 rows were staged, the release has 3; nothing was changed"):
        take_over(lake.spark, server.database, [Target("customer_segments", rows, ["customer_id"], 3)], "r_x", 9)
    twice = rows.unionByName(rows)
    with pytest.raises(Exception, match="is duplicated"):
        take_over(lake.spark, server.database, [Target("customer_segments", twice, ["customer_id"], 2)], "r_x", 9)
    assert server.ask("SELECT * FROM crm.customer_segments ORDER BY 1") == before


def test_two_exports_at_once_and_a_server_that_refuses_are_said_in_words(lake, server):
    newest = releases(lake, 1)[0]
    with postgres._connected(lake.spark, server.database) as other:
        postgres._require_alone(other, server.database)
        with pytest.raises(LockedError, match="another export is writing to jdbc:postgresql"):
            take_over(lake.spark, server.database, [], newest.release_id, newest.release_number)
    wrong = Database(server.database.url, "loader", "wrong", "crm")
    with pytest.raises(StorageError, match="cannot be opened as loader: FATAL: password authentication failed") as refused:
        exported(lake.spark, wrong)
    assert PASSWORD not in f"{refused.value}{server.database}"


def test_the_command_takes_the_password_by_the_name_of_a_variable(monkeypatch, server):
    monkeypatch.setenv("PG_OF_TEST", PASSWORD)
    assert database_of(Account(server.database.url, "loader", "PG_OF_TEST", "crm")) == server.database
    with pytest.raises(UsageError, match="CROSSCHANNEL_PG_PASSWORD holds no password"):
        database_of(Account(server.database.url, "loader", "CROSSCHANNEL_PG_PASSWORD", "crm"))
