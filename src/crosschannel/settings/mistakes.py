"""What is wrong in a settings file, in words: where it stands, what may stand there, and what is nearest.

A mistake is placed by the line of the YAML node it is about. A validator that looks at several
keys at once says with :func:`mistake` which of them it means.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import yaml
from pydantic import BaseModel, ValidationError
from pydantic_core import PydanticCustomError

from crosschannel.settings.nearest import choose_from

MISPLACED = "misplaced"
Place = tuple[str | int, ...]


def mistake(at: Sequence[str | int], given: object, problem: str, choices: Iterable[str]) -> PydanticCustomError:
    """Return the error that a validator raises about one of the keys below it.

    Parameters
    ----------
    at
        Place of the wrong value, seen from the model that validates.
    problem
        What is wrong, such as ``no such field``.
    choices
        What may stand there instead.
    """
    words = f"{str(given)!r} is {problem}; {choose_from(given, choices)}"
    return PydanticCustomError(MISPLACED, "{words}", {"words": words, "at": tuple(at)})


def in_words(error: ValidationError, model: type[BaseModel], root: yaml.Node | None, file: str) -> str:
    """Say all mistakes, one a line, each as ``file:line: place: what is wrong``."""
    lines = []
    for one in error.errors():
        place: Place = (*one["loc"], *one.get("ctx", {}).get("at", ()))
        line = line_of(root, place, is_key=one["type"] == "extra_forbidden")
        where = file if line is None else f"{file}:{line}"
        lines.append((line or 0, f"  {where}: {'.'.join(map(str, place)) or 'file'}: {_said(one, model)}"))
    return "\n".join(text for _, text in sorted(lines, key=lambda pair: pair[0]))


def line_of(root: yaml.Node | None, place: Place, *, is_key: bool = False) -> int | None:
    """Return the line of the node at ``place``, or of the innermost one that is there.

    Parameters
    ----------
    is_key
        The key itself is meant, not its value.
    """
    if root is None:
        return None
    node, line = root, root.start_mark.line
    for step in place:
        found = _step(node, step)
        if found is None:
            break
        key, node = found
        # A block value may start lines below its key: the key is what the eye looks for.
        line = key.start_mark.line if is_key or not isinstance(node, yaml.ScalarNode) else node.start_mark.line
    return int(line) + 1


def _step(node: yaml.Node, step: str | int) -> tuple[yaml.Node, yaml.Node] | None:
    if isinstance(node, yaml.MappingNode):
        return next(((key, value) for key, value in node.value if key.value == str(step)), None)
    if isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
        return node.value[step], node.value[step]
    return None


def _said(one: Any, model: type[BaseModel]) -> str:
    if one["type"] == "extra_forbidden":
        owner = _model_at(model, one["loc"][:-1])
        return f"unknown key; {choose_from(one['loc'][-1], owner.model_fields if owner else ())}"
    if one["type"] == "literal_error":
        choices = re.findall("'([^']*)'", one["ctx"]["expected"])
        return f"{one['input']!r} is no known value; {choose_from(one['input'], choices)}"
    return str(one["msg"])


def _model_at(annotation: Any, place: Place) -> type[BaseModel] | None:
    """Return the model whose keys stand at ``place``."""
    if not place:
        return next((kind for kind in _alternatives(annotation) if _is_model(kind)), None)
    for kind in _alternatives(annotation):
        if _is_model(kind) and place[0] in kind.model_fields:
            return _model_at(kind.model_fields[place[0]].annotation, place[1:])
        if get_origin(kind) in {dict, tuple, list}:
            element = get_args(kind)[1] if get_origin(kind) is dict else get_args(kind)[0]
            return _model_at(element, place[1:])
    return _model_at(annotation, place[1:])  # a step that is no key: pydantic names the branch of a union


def _alternatives(annotation: Any) -> Iterator[Any]:
    origin = get_origin(annotation)
    if origin is Annotated:
        yield from _alternatives(get_args(annotation)[0])
    elif origin in {Union, UnionType}:
        for part in get_args(annotation):
            yield from _alternatives(part)
    elif origin is not Literal:
        yield annotation


def _is_model(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, BaseModel)
