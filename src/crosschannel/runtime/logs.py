"""What a run says: words for people, or one JSON object a line for machines; personal values are scrubbed from both.

Messages are written without values of the data; the scrubber is the fence behind that rule.
"""

from __future__ import annotations

import json
import os
import re
import sys
from functools import partial
from typing import Any

from crosschannel.io.clock import utc_now

FORMAT_ENV = "CROSSCHANNEL_LOG"  # json: one object a line on stderr
PATTERNS = {
    "<e-mail>": re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+"),
    "<ip>": re.compile(r"(?<![\w.])(?!127\.|0\.0\.0\.0)\d{1,3}(?:\.\d{1,3}){3}(?![\w.]*\d)"),
    "<phone>": re.compile(r"(?<![\w/])\+[1-9][\d ().-]{6,}\d"),  # no country's code begins with 0, as +0.0122 does
    "<number>": re.compile(r"(?<![\w.,/:@=-])\d(?:[ -]?\d){8,18}(?![\w.,/:-]*\w)"),
}
DATE = re.compile(r"\d{4}-\d{2}-\d{2}(?: \d{2})?")


def scrubbed(text: str) -> str:
    """Return a text without what looks like an e-mail or IP address, a phone number or another long number."""
    for label, pattern in PATTERNS.items():
        text = pattern.sub(partial(_label, label), text)
    return text


def _label(label: str, found: re.Match[str]) -> str:
    return found.group() if DATE.match(found.group()) else label


def is_json() -> bool:
    """Tell whether machines read what is said."""
    return os.environ.get(FORMAT_ENV, "").lower() == "json"


def ask_for_json() -> None:
    """Say everything as JSON from now on, in this process."""
    os.environ[FORMAT_ENV] = "json"


def emit(event: str, *, level: str = "info", **facts: Any) -> None:
    """Write one line to stderr: when, how bad, what, and facts about it."""
    plain = {name: scrubbed(value) if isinstance(value, str) else value for name, value in facts.items() if value is not None}
    line = {"ts": f"{utc_now().isoformat(timespec='milliseconds')}Z", "level": level, "event": event, **plain}
    print(json.dumps(line, default=str), file=sys.stderr, flush=True)  # noqa: T201 - this is the log
