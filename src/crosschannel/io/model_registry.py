"""The model registry's rules: native files, one entry per content, and three aliases that say which one is in use.

``champion`` is what scoring loads, ``challenger`` the last one that did not win, ``previous`` the
champion before: to roll back is to move one alias. All functions take the tracking client, so this
module knows the rules and ``io/tracking.py`` knows MLflow.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

CONTENT_TAG = "model_version"
CHAMPION, CHALLENGER, PREVIOUS = "champion", "challenger", "previous"


def entry(client: Any, name: str, model_version: str) -> str | None:
    """Return the registry number of a content, if it is registered."""
    found = client.search_model_versions(f"name = '{name}'", max_results=10_000)
    numbers = [int(v.version) for v in found if v.tags.get(CONTENT_TAG) == model_version]
    return str(min(numbers)) if numbers else None


def add(client: Any, name: str, model_version: str, stored: Mapping[str, Any], tags: Mapping[str, str]) -> str:
    """Register a stored model; ``stored`` says where it lies (``source``, ``run_id``, ``model_id``)."""
    if not client.search_registered_models(f"name = '{name}'"):
        client.create_registered_model(name)
    known = {k: str(v)[:5000] for k, v in tags.items()} | {CONTENT_TAG: model_version}
    return str(client.create_model_version(name, tags=known, await_creation_for=0, **stored).version)


def aliased(client: Any, name: str, alias: str) -> str | None:
    """Return the model version (hash of content) an alias points to."""
    if not client.search_registered_models(f"name = '{name}'"):
        return None
    number = client.get_registered_model(name).aliases.get(alias)
    return None if number is None else client.get_model_version(name, number).tags.get(CONTENT_TAG)


def challenge(client: Any, name: str, model_version: str) -> None:
    """Point ``challenger`` to a registered content."""
    client.set_registered_model_alias(name, CHALLENGER, entry(client, name, model_version))


def promote(client: Any, name: str, model_version: str) -> None:
    """Point ``champion`` to a registered content, ``previous`` to the champion before; a repeat changes nothing."""
    number = entry(client, name, model_version)
    aliases = client.get_registered_model(name).aliases
    if str(aliases.get(CHAMPION)) == number:
        return
    if CHAMPION in aliases:
        client.set_registered_model_alias(name, PREVIOUS, aliases[CHAMPION])
    client.set_registered_model_alias(name, CHAMPION, number)
    if str(aliases.get(CHALLENGER)) == number:
        client.delete_registered_model_alias(name, CHALLENGER)


def write_native(folder: Path, native: Any) -> None:
    """Write a booster, or a mapping from file name to text, into an empty folder: nothing that could run code on load."""
    if isinstance(native, Mapping):
        for file, text in native.items():
            (folder / file).write_text(text, encoding="utf-8")
    else:
        _write_booster(folder, native)


def _write_booster(folder: Path, booster: Any) -> None:
    import mlflow.xgboost
    from mlflow.models import ModelSignature
    from mlflow.types import ColSpec, Schema

    inputs = Schema([ColSpec("double", feature) for feature in booster.feature_names])
    signature = ModelSignature(inputs, Schema([ColSpec("float", "margin")]))
    needs = [f"xgboost-cpu=={version('xgboost-cpu')}"]  # given, because MLflow's own search for them takes seconds
    folder.rmdir()  # MLflow wants to make it
    mlflow.xgboost.save_model(booster, str(folder), model_format="ubj", signature=signature, pip_requirements=needs)
