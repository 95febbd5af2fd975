"""Read one YAML file into its strict model, or say which line is wrong and why."""

from __future__ import annotations

import re
from collections.abc import Hashable
from pathlib import Path
from typing import Any, ClassVar, TypeVar

import yaml
from pydantic import ValidationError

from crosschannel.errors import UsageError
from crosschannel.settings.mistakes import Place, in_words, line_of
from crosschannel.settings.strict import Settings

HALVES = re.compile(r"[\ud800-\udfff]")  # halves of characters, which no file can hold
FOREIGN_TYPES = {f"tag:yaml.org,2002:{name}" for name in ("binary", "set", "omap", "pairs")}
MAX_BYTES = 1_000_000  # a settings file is written by people; anything larger is not one

S = TypeVar("S", bound=Settings)


def load_settings(path: Path, model: type[S]) -> S:
    """Return the settings in ``path``.

    Raises
    ------
    UsageError
        The file is missing, is no plain YAML, repeats a key or does not fit ``model``; each
        mistake is named with its line, the valid choices and the nearest one.
    """
    content, root = _read(path)
    return validated(content, model, path, root)


def validated(content: Any, model: type[S], path: Path, root: yaml.Node | None = None) -> S:
    """Check parsed YAML against its model.

    Parameters
    ----------
    path
        Named in the message.
    root
        The nodes the content was made of; they know their lines.
    """
    try:
        # JSON mode lets a YAML list fill a tuple and a text fill a date; everything else is strict.
        return model.model_validate_json(_to_json(content))
    except ValidationError as error:
        words = in_words(error, model, root, str(path))
        raise UsageError(f"{path}: does not fit its settings model\n{words}") from None


def place_in(path: Path, place: Place) -> str:
    """Return ``file:line`` of a key in a settings file, for a mistake that shows only beside another file."""
    return f"{path}:{line_of(_read(path)[1], place)}"


def read_yaml(path: Path) -> Any:
    """Parse a YAML file with the safe loader, repeated keys and aliases refused."""
    return _read(path)[0]


def _read(path: Path) -> tuple[Any, yaml.Node | None]:
    if not path.is_file():
        raise UsageError(f"{path}: no such settings file; `crosschannel run --help` names the files of a project")
    if path.stat().st_size > MAX_BYTES:
        raise UsageError(f"{path}: larger than {MAX_BYTES:,} bytes, which no settings file is")
    try:
        loader = _StrictLoader(path.read_text(encoding="utf-8"))
        root = loader.get_single_node()
        return (None if root is None else loader.construct_document(root)), root
    except RecursionError:
        raise UsageError(f"{path}: nested so deeply that no person wrote it") from None
    except UnicodeDecodeError:
        raise UsageError(f"{path}: not UTF-8, which every settings file is") from None
    except ValueError as error:  # a date or number that is none
        raise UsageError(f"{path}: not readable as YAML: {error}") from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        raise UsageError(f"{path}{f':{mark.line + 1}' if mark else ''}: not readable as YAML: {error}") from None


class _StrictLoader(yaml.SafeLoader):
    """PyYAML's safe loader without aliases (which can explode), repeated keys (last wins) and types no settings have."""

    yaml_constructors: ClassVar[dict[Any, Any]] = {t: c for t, c in yaml.SafeLoader.yaml_constructors.items() if t not in FOREIGN_TYPES}

    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.AliasEvent):
            event: Any = self.peek_event()  # type: ignore[no-untyped-call]
            raise yaml.composer.ComposerError(None, None, "aliases are not allowed", event.start_mark)
        return super().compose_node(parent, index)

    def construct_scalar(self, node: Any) -> Any:
        if isinstance(node.value, str) and HALVES.search(node.value):
            raise yaml.constructor.ConstructorError(None, None, "half a character is not allowed", node.start_mark)
        return super().construct_scalar(node)

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen: set[Any] = set()
        for key_node, _ in node.value:
            if not isinstance(key_node, yaml.ScalarNode):
                raise yaml.constructor.ConstructorError(None, None, "a key is a text", key_node.start_mark)
            name = self.construct_object(key_node, deep=deep)
            if name in seen:
                raise yaml.constructor.ConstructorError(None, None, f"key {name!r} stands twice", key_node.start_mark)
            seen.add(name)
        return super().construct_mapping(node, deep)


def _to_json(content: Any) -> bytes:
    from pydantic_core import to_json

    return to_json(content)
