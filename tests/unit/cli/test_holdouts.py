"""The commands about control groups say what to type."""

import pytest
from typer.testing import CliRunner

from crosschannel.cli import app


@pytest.mark.parametrize("command", ["balance", "lift"])
def test_every_command_has_an_example(command: str) -> None:
    result = CliRunner().invoke(app, ["holdouts", command, "--help"], env={"COLUMNS": "200"})
    assert result.exit_code == 0
    assert f"crosschannel holdouts {command}" in " ".join(result.output.split())


def test_a_lift_needs_an_outcome_to_measure_by() -> None:
    result = CliRunner().invoke(app, ["holdouts", "lift", "global_control", "--lake", "x"], env={"COLUMNS": "200"})
    assert result.exit_code == 2
    assert "--label" in result.output
