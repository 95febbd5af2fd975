"""Every command that a page, a template or a message tells somebody to type is accepted by the command line's own parser."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer import BadParameter
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command

from crosschannel.cli import app
from tests.support.code import ROOT, SRC

ROOT_COMMAND = get_command(app)
UsageError = BadParameter.__base__  # the parser typer brings
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "deploy").rglob("*.md"), *(ROOT / "conf").rglob("*.md")])
SOURCES = sorted(SRC.rglob("*.py"))
FENCED = re.compile(r"^ *```[^\n]*\n(.*?)^ *```", re.MULTILINE | re.DOTALL)
TYPED = re.compile(r"^ *(?:\$ )?(?:\S*/)?crosschannel (.+)$", re.MULTILINE)
QUOTED = re.compile(r"(?<!`)`(?:\.venv/bin/)?crosschannel ([^`]+)`(?!`)")


def typed(page: Path) -> Iterator[str]:
    """Commands that stand in blocks of code: whole, ready to be copied."""
    for block in FENCED.findall(page.read_text(encoding="utf-8")):
        for line in TYPED.findall(re.sub(r"\\\n\s*", " ", block)):
            yield re.sub(r"\s+#\s.*", "", line).strip()


def quoted(path: Path) -> Iterator[str]:
    """Commands named in a sentence: they may leave out what is known from it."""
    text = FENCED.sub("", path.read_text(encoding="utf-8")) if path.suffix == ".md" else path.read_text(encoding="utf-8")
    for command in (c for c in QUOTED.findall(text) if not c.startswith("{")):  # the name of a job, in the help of all of them
        yield from either(re.sub(r"\{[^}]*\}", "X", " ".join(command.split())))


def either(command: str) -> Iterator[str]:
    """``releases list|show`` names two commands."""
    first = next((w for w in command.split() if "|" in w and not w.startswith("--")), None)
    before = command.split(first, maxsplit=1)[0].split() if first else []
    if first is None or (before and before[-1].startswith("--")):  # nothing, or a choice of values
        yield command
    else:
        yield from (command.replace(first, one, 1) for one in first.split("|"))


def found(words: list[str]) -> tuple[TyperCommand, list[str]]:
    """Return the command that words name, and what is left of them."""
    command, rest = ROOT_COMMAND, [w for w in words if w != "--log-json"]
    while isinstance(command, TyperGroup) and rest:
        assert rest[0] in command.commands, f"there is no command {rest[0]!r} in: crosschannel {' '.join(words)}"
        command, rest = command.commands[rest[0]], rest[1:]
    return command, rest


def refusal(command: str) -> str | None:
    """Return what the parser says against a whole command."""
    one, rest = found(shlex.split(command))
    try:
        one.make_context(one.name, rest)
    except UsageError as error:
        return error.format_message()
    return None


@pytest.mark.parametrize("page", PAGES, ids=lambda p: str(p.relative_to(ROOT)))
def test_a_command_in_a_block_of_code_can_be_typed_as_it_stands(page: Path) -> None:
    refused = {command: said for command in typed(page) if (said := refusal(command))}
    assert not refused


@pytest.mark.parametrize("page", PAGES, ids=lambda p: str(p.relative_to(ROOT)))
def test_a_command_named_in_a_page_is_there_with_its_options(page: Path) -> None:
    assert not unknown_in(page)


def test_a_command_named_in_help_or_in_a_message_is_there_with_its_options() -> None:
    assert sum(len(list(quoted(path))) for path in SOURCES) > 100
    assert not {str(path.relative_to(SRC)): said for path in SOURCES if (said := unknown_in(path))}


def unknown_in(path: Path) -> dict[str, list[str]]:
    """Return what is not known of the commands a file names."""
    said = {}
    for command in quoted(path):
        words = [w.strip('"') for w in command.split()]
        try:
            one, rest = found([w for w in words if w not in {"...", "["}])
        except AssertionError as error:
            said[command] = [str(error)]
            continue
        known = {option for parameter in one.params for option in (*parameter.opts, *parameter.secondary_opts)} | {"--help"}
        if wrong := [w for w in rest if w.startswith("--") and w.split("=")[0] not in known]:
            said[command] = wrong
    return said


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("run --raw x", "Missing option '--lake'"),
        ("run --lake x --raw y --no-such z", "No such option: --no-such"),
        ("erase --lake x", "Missing option '--identifier'"),
        ("run --lake x --raw y --as-of yesterday", "does not match the format"),
        ("status --lake x y", "unexpected extra argument"),
    ],
)
def test_the_parser_is_asked_and_refuses_what_it_would_refuse_a_person(command: str, words: str) -> None:
    assert words in (refusal(command) or "")


def test_the_operations_guide_covers_what_somebody_has_to_do() -> None:
    guide = ROOT / "docs/operating.md"
    text = guide.read_text(encoding="utf-8")
    for section in ("The night", "Retraining", "A backfill", "An incident", "An erasure", "An upgrade"):
        assert list(TYPED.findall(text.split(f"\n## {section}\n")[1].split("\n## ")[0])), f"{section}: nothing to type"
    assert len(list(typed(guide))) > 20
