"""The source as the house tests see it: files, syntax trees, and rules with named exceptions."""

from __future__ import annotations

import ast
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SRC = ROOT / "src" / "crosschannel"
PURE = ("ingest", "identity", "features", "models", "publish", "activation", "quality", "synth", "drafting", "exprs", "settings", "contracts")

Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Module:
    """One Python file: its path under the package (or the root), text and syntax tree."""

    name: str
    text: str

    @property
    def tree(self) -> ast.Module:
        return _parsed(self)

    @property
    def room(self) -> str:
        return self.name.split("/")[0]

    @property
    def lines(self) -> int:
        return len(self.text.splitlines())


@cache
def modules(folder: Path = SRC) -> tuple[Module, ...]:
    """Return every module under a folder, by path."""
    files = sorted(p for p in folder.rglob("*.py") if "__pycache__" not in p.parts)
    texts = [(str(p.relative_to(folder)), p.read_text(encoding="utf-8")) for p in files]
    return tuple(Module(name, text) for name, text in texts)


@cache
def _parsed(module: Module) -> ast.Module:
    return ast.parse(module.text, module.name)


@cache
def functions(module: Module) -> tuple[tuple[str, Function], ...]:
    """Return every function and method with its dotted name, nested ones included."""
    return tuple(_functions(module.tree, ()))


def body_lines(function: Function) -> int:
    """Count the lines of a function without signature and docstring."""
    body = function.body[1:] if ast.get_docstring(function) is not None else function.body
    return 0 if not body else (function.end_lineno or 0) - body[0].lineno + 1


def located(module: Module) -> Iterator[tuple[str, ast.AST]]:
    """Walk a module; each node comes with ``path::function`` of where it stands."""
    yield from _located(module.tree, f"{module.name}::module", module.name)


def docstrings(tree: ast.AST) -> set[int]:
    """Return the ids of all docstring nodes."""
    owners = (n for n in ast.walk(tree) if isinstance(n, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef))
    firsts = (n.body[0] for n in owners if n.body)
    return {id(f.value) for f in firsts if isinstance(f, ast.Expr) and isinstance(f.value, ast.Constant)}


def dotted(node: ast.AST) -> str:
    """Return ``a.b.c`` for a chain of names, empty for anything else."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute) and (left := dotted(node.value)):
        return f"{left}.{node.attr}"
    return ""


def imported(module: Module) -> set[str]:
    """Return the full names of everything a module imports, at any depth."""
    names: set[str] = set()
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def tracked_files() -> list[Path]:
    """Return all files that are, or would be, under version control."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.splitlines()
    return [ROOT / name for name in sorted(set(listed)) if (ROOT / name).is_file()]


def assert_settled(found: Mapping[str, str], exceptions: Mapping[str, str], rule: str) -> None:
    """Fail on a breach without an exception, and on an exception nothing needs any more."""
    breaches = [f"  {place}: {what}" for place, what in sorted(found.items()) if place not in exceptions]
    stale = [f"  {place}: remove it from tests/house/exceptions.py" for place in sorted(exceptions) if place not in found]
    assert not breaches, f"{rule}\n" + "\n".join(breaches)
    assert not stale, "exceptions no longer needed\n" + "\n".join(stale)


def _functions(node: ast.AST, path: tuple[str, ...]) -> Iterator[tuple[str, Function]]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, Function):
            yield ".".join((*path, child.name)), child
        named = isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
        yield from _functions(child, (*path, child.name) if named else path)


def _located(node: ast.AST, place: str, name: str) -> Iterator[tuple[str, ast.AST]]:
    for child in ast.iter_child_nodes(node):
        inner = f"{name}::{child.name}" if isinstance(child, Function | ast.ClassDef) and place.endswith("::module") else place
        if isinstance(node, ast.ClassDef) and isinstance(child, Function):
            inner = f"{name}::{node.name}.{child.name}"
        yield inner, child
        yield from _located(child, inner, name)
