"""After a run of the house tests: print what is long and what is excepted, so that both lists stay in sight."""

import pytest

from tests.house import exceptions
from tests.support.code import body_lines, functions, modules

LONG = 30


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    if config.get_verbosity() < 0 or not any("house" in str(item) for item in terminalreporter.stats.get("passed", [])):
        return
    long = [(body_lines(f), f"{m.name}::{name}") for m in modules() for name, f in functions(m) if body_lines(f) > LONG]
    tables = {name: table for name, table in vars(exceptions).items() if name.isupper() and name != "FOREIGN_WORDS" and table}
    terminalreporter.section("house")
    terminalreporter.write_line(f"functions over {LONG} lines: {', '.join(f'{place} ({n})' for n, place in sorted(long, reverse=True)) or 'none'}")
    for name, table in tables.items():
        for place, reason in table.items():
            terminalreporter.write_line(f"exception {name}: {place}: {reason}")
