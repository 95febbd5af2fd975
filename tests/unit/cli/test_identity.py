"""The commands about who is who say what to type."""

from __future__ import annotations

import pytest
from typer.testing import CliRunner

from crosschannel.cli import app


def output(*words: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, list(words), env={"COLUMNS": "200"})
    return result.exit_code, " ".join(result.output.split())


@pytest.mark.parametrize("command", ["split", "join", "block", "simulate"])
def test_every_command_has_an_example(command: str) -> None:
    code, text = output("identity", command, "--help")
    assert code == 0
    assert f"crosschannel identity {command}" in text


@pytest.mark.parametrize("command", ["split", "join"])
def test_a_pair_needs_two_identifiers_and_a_reason(command: str) -> None:
    assert output("identity", command, "email:a@b.c", "--lake", "x", "--reason", "y")[0] == 2
    code, text = output("identity", command, "email:a@b.c", "crm_id:1", "--lake", "x")
    assert code == 2
    assert "--reason" in text


def test_a_simulation_needs_the_settings_to_try() -> None:
    code, text = output("identity", "simulate", "--lake", "x")
    assert code == 2
    assert "--conf" in text
