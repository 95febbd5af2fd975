"""Read one YAML file into its strict model, or say which line is wrong and why."""

from __future__ import annotations

from collections.abc import Hashable
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import ValidationError

from crosschannel.errors import UsageError
from crosschannel.settings.strict import Settings

MAX_BYTES = 1_000_000  # a settings file is written by people; anything larger is not one

S = TypeVar("S", bound=Settings)


def load_settings(path: Path, model: type[S]) -> S:
    """Return the settings in ``path``.

    Raises
    ------
    UsageError
        The file is missing, is no plain YAML, repeats a key or does not fit ``model``.
    """
    return validated(read_yaml(path), model, path)


def validated(content: Any, model: type[S], path: Path) -> S:
    """Check parsed YAML against its model; ``path`` is for the message."""
    try:
        # JSON mode lets a YAML list fill a tuple and a text fill a date; everything else is strict.
        return model.model_validate_json(_to_json(content))
    except ValidationError as error:
        lines = [f"  {'.'.join(str(p) for p in e['loc']) or 'file'}: {e['msg']}" for e in error.errors()]
        raise UsageError(f"{path}: does not fit its settings model\n" + "\n".join(lines)) from None


def read_yaml(path: Path) -> Any:
    """Parse a YAML file with the safe loader, repeated keys and aliases refused."""
    if not path.is_file():
        raise UsageError(f"{path}: no such settings file; `crosschannel run --help` names the files of a project")
    if path.stat().st_size > MAX_BYTES:
        raise UsageError(f"{path}: larger than {MAX_BYTES:,} bytes, which no settings file is")
    try:
        return yaml.load(path.read_text(encoding="utf-8"), Loader=_StrictLoader)
    except yaml.YAMLError as error:
        raise UsageError(f"{path}: not readable as YAML: {error}") from None


class _StrictLoader(yaml.SafeLoader):
    """PyYAML's safe loader without aliases (which can explode) and repeated keys (last wins)."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.AliasEvent):
            event: Any = self.peek_event()  # type: ignore[no-untyped-call]
            raise yaml.composer.ComposerError(None, None, "aliases are not allowed", event.start_mark)
        return super().compose_node(parent, index)

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen: set[Any] = set()
        for key_node, _ in node.value:
            name = self.construct_object(key_node, deep=deep)
            if name in seen:
                raise yaml.constructor.ConstructorError(None, None, f"key {name!r} stands twice", key_node.start_mark)
            seen.add(name)
        return super().construct_mapping(node, deep)


def _to_json(content: Any) -> bytes:
    from pydantic_core import to_json

    return to_json(content)
