import pytest
from typer.main import get_command
from typer.testing import CliRunner

from crosschannel.cli import app

COMMANDS = sorted(get_command(app).commands)  # type: ignore[attr-defined]
PROMISED = {"generate", "run", "evaluate", "report", "explain", "doctor", "status", "jars", "demo", "ingest_events", "publish_segments", "maintain_tables"}


def test_the_promised_commands_are_there() -> None:
    assert set(COMMANDS) >= PROMISED


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_says_what_it_does_with_an_example(command: str) -> None:
    result = CliRunner().invoke(app, [command, "--help"])
    assert result.exit_code == 0
    assert "Example" in result.output
    assert f"crosschannel {command}" in " ".join(result.output.split())


def test_a_wrong_option_ends_with_code_2() -> None:
    assert CliRunner().invoke(app, ["run", "--no-such-option"]).exit_code == 2
