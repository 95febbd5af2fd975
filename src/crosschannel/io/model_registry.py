"""The model registry's rules: native files, one entry per content, and three aliases that say which one is in use.

``champion`` is what scoring loads, ``challenger`` the last one that did not win, ``previous`` the
champion before. A version that people rolled back carries the reason as a tag, and training does
not promote it again. The client is handed in, so this module knows the rules and
``io/tracking.py`` knows MLflow.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from crosschannel.errors import UsageError

CONTENT_TAG = "model_version"
TAKEN_BACK_TAG = "rolled_back"
ACTION_TAG = "last_action"
CHAMPION, CHALLENGER, PREVIOUS = "champion", "challenger", "previous"
ALIASES = (CHAMPION, CHALLENGER, PREVIOUS)
MIN_DIGITS = 4


@dataclass(frozen=True)
class Entry:
    """One registered version: its number, the hash of its content, what points to it and what its tags say."""

    number: int
    model_version: str
    aliases: tuple[str, ...]
    registered_ms: int
    tags: Mapping[str, str]


class Registry:
    """The registered models of one project."""

    def __init__(self, client: Any, prefix: str) -> None:
        self._client, self._prefix = client, prefix

    def full_name(self, name: str) -> str:
        """Return the name a model is registered under."""
        return f"{self._prefix}-{name}"

    def entries(self, name: str) -> list[Entry]:
        """Return the versions of a model, oldest first; none before the first."""
        full = self.full_name(name)
        if not self._client.search_registered_models(f"name = '{full}'"):
            return []
        aliases: dict[str, list[str]] = {}
        for alias, number in self._client.get_registered_model(full).aliases.items():
            aliases.setdefault(str(number), []).append(alias)
        found = self._client.search_model_versions(f"name = '{full}'", max_results=10_000)
        entries = (
            Entry(int(v.version), v.tags.get(CONTENT_TAG, ""), tuple(sorted(aliases.get(str(v.version), []))), int(v.creation_timestamp), dict(v.tags))
            for v in found
        )
        return sorted(entries, key=lambda e: e.number)

    def entry(self, name: str, model_version: str) -> Entry | None:
        """Return the first entry of a content."""
        return next((e for e in self.entries(name) if e.model_version == model_version), None)

    def aliased(self, name: str, alias: str) -> Entry | None:
        """Return what an alias points to."""
        return next((e for e in self.entries(name) if alias in e.aliases), None)

    def find(self, name: str, wanted: str) -> Entry:
        """Return the one entry an alias, a number or the first digits of a version name.

        Raises
        ------
        UsageError
            Nothing, or more than one, is called so.
        """
        entries = self.entries(name)
        if not entries:
            raise UsageError(f"no model {name} is registered; train it first, or look with `crosschannel models list`")
        exact = [e for e in entries if wanted in (*e.aliases, str(e.number), e.model_version)]
        found = exact or [e for e in entries if len(wanted) >= MIN_DIGITS and e.model_version.startswith(wanted)]
        if len(found) != 1:
            known = ", ".join(f"{e.number} ({e.model_version}{''.join(f', {a}' for a in e.aliases)})" for e in entries[-10:])
            raise UsageError(f"{name}: {'several versions are' if found else 'no version is'} called {wanted}; there are {known}")
        return found[0]

    def add(self, name: str, model_version: str, stored: Mapping[str, Any], tags: Mapping[str, str]) -> int:
        """Register a stored model; ``stored`` says where it lies (``source``, ``run_id``, ``model_id``)."""
        full = self.full_name(name)
        if not self._client.search_registered_models(f"name = '{full}'"):
            self._client.create_registered_model(full)
        known = {k: str(v)[:5000] for k, v in tags.items()} | {CONTENT_TAG: model_version}
        return int(self._client.create_model_version(full, tags=known, await_creation_for=0, **stored).version)

    def challenge(self, name: str, entry: Entry) -> None:
        """Point ``challenger`` to an entry; the champion is no challenger of itself."""
        if CHAMPION not in entry.aliases:
            self._client.set_registered_model_alias(self.full_name(name), CHALLENGER, str(entry.number))

    def promote(self, name: str, entry: Entry) -> None:
        """Point ``champion`` to an entry, ``previous`` to the champion before; a repeat changes nothing, and ends what was cut short."""
        full, before = self.full_name(name), self.aliased(name, CHAMPION)
        if before is None or before.number != entry.number:
            if before is not None:
                self._client.set_registered_model_alias(full, PREVIOUS, str(before.number))
            self._client.set_registered_model_alias(full, CHAMPION, str(entry.number))
        if CHALLENGER in entry.aliases:
            self._client.delete_registered_model_alias(full, CHALLENGER)
        if TAKEN_BACK_TAG in entry.tags:
            self._client.delete_model_version_tag(full, str(entry.number), TAKEN_BACK_TAG)

    def roll_back(self, name: str, reason: str) -> tuple[Entry, Entry]:
        """Make ``previous`` the champion again; return it, and the one that was champion until now. ``previous`` goes last, so it can be repeated."""
        full, (now, before) = self.full_name(name), self.pair_to_swap(name)
        self.mark(name, now, {TAKEN_BACK_TAG: reason})
        self._client.set_registered_model_alias(full, CHALLENGER, str(now.number))
        self._client.set_registered_model_alias(full, CHAMPION, str(before.number))
        self._client.delete_registered_model_alias(full, PREVIOUS)
        return before, now

    def pair_to_swap(self, name: str) -> tuple[Entry, Entry]:
        """Return the champion and the one before it; of a rollback that was cut short, those it began with.

        Raises
        ------
        UsageError
            There is no champion before.
        """
        now, before, challenger = (self.aliased(name, alias) for alias in (CHAMPION, PREVIOUS, CHALLENGER))
        if now == before and challenger is not None and TAKEN_BACK_TAG in challenger.tags:
            now = challenger
        if now is None or before is None or now == before:
            raise UsageError(f"{name} has no champion before the present one; `crosschannel models promote {name} VERSION` takes any version")
        return now, before

    def mark(self, name: str, entry: Entry, tags: Mapping[str, str]) -> None:
        """Set tags of an entry."""
        for tag, value in tags.items():
            self._client.set_model_version_tag(self.full_name(name), str(entry.number), tag, value[:5000])


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
