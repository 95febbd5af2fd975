import pytest
from typer.testing import CliRunner

from crosschannel.cli import app
from crosschannel.errors import UsageError

LAKE = ("--lake", "nowhere")


def export(*words: str) -> None:
    CliRunner().invoke(app, ["export", *LAKE, *words], catch_exceptions=False)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--format", "xlsx"), "--format xlsx is not known; choose one of parquet, csv, postgres"),
        (("--format", "csv"), "--format csv needs the folder that gets the files: add --out DIR"),
        (("--format", "postgres"), "--format postgres needs the database: add --url jdbc:postgresql://HOST:PORT/DATABASE"),
        (("--format", "postgres", "--url", "jdbc:postgresql://h/d", "--password-env", "NONE_SUCH"), "the environment variable NONE_SUCH holds no password"),
    ],
)
def test_a_wrong_export_is_refused_before_spark_starts(words: tuple[str, ...], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        export(*words)


@pytest.mark.parametrize(
    ("url", "schema", "said"),
    [
        ("jdbc:mysql://h/d", "s", "is no address of PostgreSQL"),
        ("jdbc:postgresql://h/d?password=x", "s", "holds a password; name the environment variable"),
        ("jdbc:postgresql://h/d", 'a"; DROP SCHEMA public', "is no plain name"),
    ],
)
def test_an_address_of_something_else_a_password_in_it_and_a_schema_to_be_quoted_are_refused(url: str, schema: str, said: str) -> None:
    from crosschannel.io.postgres import Database, require_safe

    with pytest.raises(UsageError, match=said):
        require_safe(Database(url, "u", "p", schema))


def test_a_password_is_shown_nowhere() -> None:
    from crosschannel.io.postgres import Database

    assert "s3cret" not in repr(Database("jdbc:postgresql://h/d", "u", "s3cret", "s"))
