"""The commands that `docs/bring-your-own-logs.md` tells a newcomer to type are there, options included."""

import re
import shlex

import pytest
from typer.main import get_command

from crosschannel.cli import app
from tests.support.code import ROOT

PAGE = (ROOT / "docs/bring-your-own-logs.md").read_text(encoding="utf-8")
TYPED = sorted({line.split("  #")[0].strip() for line in re.findall(r"^\$ crosschannel (.+)$", PAGE, flags=re.MULTILINE)})


@pytest.mark.parametrize("typed", TYPED)
def test_a_command_of_the_walk_is_one(typed: str) -> None:
    words = shlex.split(typed)
    command = get_command(app).commands[words[0]]  # type: ignore[attr-defined]
    if hasattr(command, "commands"):
        command = command.commands[words[1]]
    known = {option for parameter in command.params for option in parameter.opts}
    assert {w for w in words if w.startswith("--")} <= known


def test_the_walk_uses_the_real_log_and_names_files_that_exist() -> None:
    assert len(TYPED) >= 7
    named = set(re.findall(r"`((?:tests/fixtures|conf|docs)/[\w./-]+)`", PAGE)) - {"conf/mine/sources"}
    assert named
    assert not [name for name in named if not (ROOT / name).exists()]
