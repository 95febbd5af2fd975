"""Attribute records of ``identity.yaml`` beside the sources they are read from: every name must be there."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from pathlib import Path

from crosschannel.errors import UsageError
from crosschannel.settings.load import place_in
from crosschannel.settings.mistakes import Place
from crosschannel.settings.nearest import choose_from
from crosschannel.settings.records import RecordSource, RecordsSettings
from crosschannel.settings.sources import Source


def refuse_foreign_records(path: Path, settings: RecordsSettings, sources: Iterable[Source]) -> None:
    """Refuse records of a source, a field or an identifier that no source file declares.

    Parameters
    ----------
    path
        The ``identity.yaml``, for the place of a mistake.
    """
    by_name = {s.source: s for s in sources}
    for name, record in settings.records.items():
        if name not in by_name:
            raise _misplaced(path, ("records", name), name, "no source of this project", by_name)
        for place, given, problem, choices in _mistakes(name, record, by_name[name]):
            raise _misplaced(path, place, given, problem, choices)


def _mistakes(name: str, record: RecordSource, source: Source) -> Iterator[tuple[Place, str, str, Collection[str]]]:
    carried = [i.namespace for i in source.identifiers]
    if record.namespace not in carried:
        yield ("records", name, "namespace"), record.namespace, f"not among the identifiers of source {name}", carried
    for attribute, given in record.columns.items():
        for field in (given,) if isinstance(given, str) else given:
            if field not in source.fields:
                yield ("records", name, "columns", attribute), field, f"no field of source {name}", source.fields


def _misplaced(path: Path, place: Place, given: str, problem: str, choices: Collection[str]) -> UsageError:
    return UsageError(f"{place_in(path, place)}: {'.'.join(map(str, place))}: {given!r} is {problem}; {choose_from(given, choices)}")
