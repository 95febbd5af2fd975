import pytest
from typer.testing import CliRunner

from crosschannel.cli import app

pytestmark = pytest.mark.xdist_group("mlflow")  # one process loads it, not both


def said(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["models", *arguments])
    return result.exit_code, " ".join(f"{result.output} {result.exception or ''}".split())


def test_the_four_commands_are_there_with_an_example_each():
    for command in ("list", "compare", "promote", "rollback"):
        code, output = said(command, "--help")
        assert code == 0
        assert f"crosschannel models {command}" in output


def test_a_decision_without_a_reason_is_refused():
    assert said("promote", "purchase", "challenger", "--lake", "x")[0] == 2
    assert said("rollback", "purchase", "--lake", "x")[0] == 2


def test_a_lake_without_models_says_what_to_run(tmp_path):
    code, output = said("list", "--lake", str(tmp_path))
    assert code == 1  # the command line's own main turns the error into exit code 2
    assert "no model of project demo is registered" in output
    assert "crosschannel run --lake" in output
