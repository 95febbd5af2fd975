"""Tracked files speak of the project alone: no machine's paths, no private hosts, no leftovers."""

import re

from tests.support.code import ROOT, tracked_files

BINARY = {".parquet", ".png", ".jpg", ".gz", ".jar", ".svg", ".ico"}
PATTERNS = {
    "a path of one machine": re.compile(r"(?<![\w.:/-])/(?:root|home/\w+|Users/\w+|work|farm|opt/wheels|workspace|mnt/\w+)/[\w.]"),
    "an address that is not public": re.compile(r"https?://(?!127\.|0\.0\.0\.0|localhost)(?:\d+\.\d+\.\d+\.\d+|[\w.-]+\.(?:internal|local|corp|lan))\b"),
    "a package index": re.compile(r"--(?:extra-)?index-url|--trusted-host|--find-links"),
    "work left over": re.compile(r"\b(?:TODO|FIXME|XXX)\b"),
}
ABOUT_THEMSELVES = {"test_words.py", "test_requirements.py"}


def test_no_tracked_file_holds_machine_paths_private_hosts_or_leftovers() -> None:
    found = []
    for path in tracked_files():
        if path.suffix in BINARY or path.name in ABOUT_THEMSELVES or "fixtures" in path.parts or path.name.endswith(".lock"):
            continue
        text = path.read_text(encoding="utf-8", errors="replace")
        found += [f"{path.name}: {what}: {match.group()}" for what, pattern in PATTERNS.items() for match in pattern.finditer(text)]
    assert not found


def test_no_tracked_file_is_larger_than_a_megabyte() -> None:
    assert not [f"{p.name}: {p.stat().st_size:,}" for p in tracked_files() if p.stat().st_size > 1_000_000]


def test_nothing_else_sits_at_the_root() -> None:
    allowed = {
        "README.md", "pyproject.toml", "Makefile", "CHANGELOG.md", "CONTRIBUTING.md", "LICENSE", ".gitignore", ".gitattributes",
        "requirements", "jobs", "conf", "src", "tests", "notebooks", "benchmarks", "deploy", "docs", ".ci",
    }  # fmt: skip
    assert {p.relative_to(ROOT).parts[0] for p in tracked_files()} <= allowed
