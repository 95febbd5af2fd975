"""Settings are an attack surface: what would run, lead out of the raw folder or break a schema is refused at load.

Every text of every shipped settings file is replaced in turn. What is accepted all the same must stand
in ``COMPARED``: places whose text is only ever a literal, with what is done to it.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings, strategies as st

from crosschannel.errors import UsageError
from crosschannel.settings.consent import ConsentSettings
from crosschannel.settings.features import FeaturesSettings
from crosschannel.settings.holdouts import HoldoutsSettings
from crosschannel.settings.identity import IdentitySettings
from crosschannel.settings.labels import LabelsSettings
from crosschannel.settings.load import read_yaml, validated
from crosschannel.settings.playbook import PlaybookSettings
from crosschannel.settings.scores import ScoresSettings
from crosschannel.settings.segments import SegmentsSettings
from crosschannel.settings.sources import Source
from crosschannel.settings.strict import Settings
from crosschannel.settings.values import ValuesSettings
from tests.support.code import ROOT

pytestmark = pytest.mark.fault(29)

MODELS: dict[str, type[Settings]] = {
    "consent": ConsentSettings, "features": FeaturesSettings, "holdouts": HoldoutsSettings, "identity": IdentitySettings, "labels": LabelsSettings,
    "playbook": PlaybookSettings, "scores": ScoresSettings, "segments": SegmentsSettings, "source": Source, "values": ValuesSettings,
}  # fmt: skip
FILES = [p for name in ("demo", "people", "apache", "completejourney") for p in sorted((ROOT / "conf" / name).rglob("*.yaml"))]
PAYLOADS = (
    "'; DROP TABLE silver.events; --",
    "1=1 OR java_method('java.lang.Runtime', 'getRuntime')",
    "reflect('java.lang.System', 'exit', 1)",
    "x` string, `y",
    "../../../etc/passwd",
    "/etc/passwd",
    "{..,x}/secret",
    "file:///etc/passwd",
    "s3a://elsewhere/x",
    "${env:HOME}",
    "$(touch x)",
    "{{ 7 * 7 }}",
    "!!python/object/apply:os.system ['true']",
)
COMPARED = {  # place, with * for a number and KEY for the key itself: why text may stand there
    r"consent: purposes\.\w+\.basis|consent: statements\.\*\.basis": "words for readers, stored as they are",
    r"consent: statements\.\*\.(source|property|verb)": "must be named in sources, which is looked up when the project is loaded",
    r"features: .*\.(content_id|category\.\*|property\.\w+|property\.KEY|property)": "compared with values, or looked up in a map, as a literal",
    r"holdouts: salt": "hashed",
    r"identity: namespaces\.\w+\.blocklist\.(exact|pattern)\.\*": "a literal, or a pattern, that values are compared with",
    r"identity: (namespaces|attributes)\.\w+\.(region|formats\.\*)": "looked up, or a date pattern, as a literal",
    r"identity: pseudonyms\.public_key": "hashed; for data without people only",
    r"identity: records\.\w+\.columns\.\w+": "must name a field of the source, which is looked up when the project is loaded",
    r"playbook: plays\.\*\.(none|segments\.\*)": "a sentence, or a pattern compared on the driver",
    r"scores: omnichannel\.channels\.\*": "part of the name of a feature that has to exist",
    r"scores: scores\.\*\.worth\.feature": "the name of a feature that has to exist",
    r"scores: reasons\.(withhold\.\*|families\.\*\.include\.\*)": "a pattern compared on the driver",
    r"scores: reasons\.families\.\*\.(raises|lowers)": "words for readers",
    r"segments: inputs\.\*\.(include|exclude)\.\*|segments: inputs\.\*\.group": "a pattern compared on the driver, and its heading",
    r"segments: naming\..*": "names of features that have to exist, and the words of names of segments",
    r"source: fields\.\w+\.(is_in\.\*|path|aliases\.\*|otherwise|inside|unit|meaning)": "compared as a literal, or a place in a record",
    r"source: fields\.KEY|source: properties\.KEY": "the sender's word for a field; no backtick gets through",
    r"source: identifiers\.\*\.namespace": "must be declared in identity.yaml, which is looked up when the project is loaded",
    r"source: lines\.(product_id|category|quantity|line_amount)": "a place in a record",
    r"source: verb\.map\.KEY": "compared as a literal",
    r"source: time\.format": "a date pattern, as a literal",
    r"source: path": "a place under the raw folder; nothing that leads out of it gets through",
    r"source: (meaning|owner|fields\.\w+\.meaning)": "words for readers",
}
OUT = ("..", "://")
Place = tuple[Any, ...]


@cache
def content_of(path: Path) -> Any:
    return read_yaml(path)


def model_of(path: Path) -> str:
    return "source" if path.parent.name == "sources" else path.stem


def texts(content: Any, place: Place = ()) -> Iterator[Place]:
    """Yield the place of every text in parsed YAML; a key is its own place, as a pair with None."""
    if isinstance(content, dict):
        for key, value in content.items():
            yield (*place, (key, None))
            yield from texts(value, (*place, key))
    elif isinstance(content, list):
        for number, value in enumerate(content):
            yield from texts(value, (*place, number))
    elif isinstance(content, str):
        yield place


def replaced(content: Any, place: Place, text: str) -> Any:
    changed = copy.deepcopy(content)
    *way, last = place
    inner = changed
    for step in way:
        inner = inner[step]
    if isinstance(last, tuple):
        inner[text] = inner.pop(last[0])
    else:
        inner[last] = text
    return changed


def said(path: Path, place: Place) -> str:
    steps = ("KEY" if isinstance(s, tuple) else "*" if isinstance(s, int) else str(s) for s in place)
    return f"{model_of(path)}: {'.'.join(steps)}"


def is_refused(path: Path, place: Place, text: str) -> bool:
    try:
        validated(replaced(content_of(path), place, text), MODELS[model_of(path)], path)
    except UsageError:
        return True
    return False


@pytest.mark.parametrize("path", FILES, ids=lambda p: f"{p.parent.name}/{p.stem}")
def test_an_injection_is_refused_wherever_text_is_more_than_a_literal(path: Path) -> None:
    places = {said(path, place): place for place in texts(content_of(path))}  # one of those that differ by a number only
    unknown = {name: place for name, place in places.items() if not any(re.fullmatch(known, name) for known in COMPARED)}
    assert not [name for name, place in unknown.items() if not all(is_refused(path, place, text) for text in PAYLOADS)]


@pytest.mark.parametrize("text", PAYLOADS)
def test_a_path_of_a_source_never_leads_out_of_the_raw_folder(text: str) -> None:
    path = ROOT / "conf/demo/sources/crm.yaml"
    leads_out = text.startswith("/") or any(out in text for out in OUT)
    assert is_refused(path, ("path",), text) == leads_out


@pytest.mark.simulation
@settings(max_examples=150, derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_any_text_anywhere_is_accepted_or_refused_in_words(data: st.DataObject) -> None:
    path = data.draw(st.sampled_from(FILES))
    place = data.draw(st.sampled_from(list(texts(content_of(path)))))
    text = data.draw(st.one_of(st.sampled_from(PAYLOADS), st.text(max_size=40)))
    is_refused(path, place, text)  # anything but a UsageError fails


@pytest.mark.simulation
@settings(max_examples=300, derandomize=True, deadline=None)
@given(st.text(alphabet=st.sampled_from("{}[]&*!|>%@`'\"#:,-? \n\tab01~<=.\\x"), max_size=60))
@example("a: &a [*a]")
@example("? [a, b]\n: 1")
@example("<<: {a: 1}")
@example("--- 1\n--- 2")
@example("a: !!binary aGk=")
@example("a: .nan")
@example("a: 2026-13-45")
@example("[" * 20_000)
@example("{a: " * 5_000)
@example("a: 0o9")
@example('"\\uD800": 1')
def test_any_yaml_is_read_or_refused_in_words(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    path = tmp_path_factory.getbasetemp() / "any.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(UsageError, match=re.escape(str(path))):
        validated(read_yaml(path), HoldoutsSettings, path)


@pytest.mark.parametrize("unseen", ["\0", "\x1b[31m", "\n", "\x7f"], ids=["NUL", "terminal escape", "line break", "delete"])
def test_characters_nobody_sees_are_refused_in_names(unseen: str) -> None:
    crm, identity, playbook = (ROOT / "conf/demo" / name for name in ("sources/crm.yaml", "identity.yaml", "playbook.yaml"))
    assert is_refused(crm, ("source",), f"crm{unseen}")
    assert is_refused(crm, ("fields", ("gender", None)), f"gender{unseen}")
    assert is_refused(identity, ("namespaces", ("email", None)), f"email{unseen}")
    assert is_refused(playbook, ("plays", 0, "segments", 0), f"*{unseen}")


@pytest.mark.parametrize("given", [{"key": "hunter2hunter2hunter2"}, {"key_env": "hunter2 hunter2"}, {"key_env": "a=b"}], ids=["written", "no name", "an assignment"])
def test_a_secret_is_named_and_never_written(given: dict[str, str]) -> None:
    path = ROOT / "conf/demo/identity.yaml"
    with pytest.raises(UsageError, match="pseudonyms.*(unknown key|should match pattern)"):
        validated({**content_of(path), "pseudonyms": given}, IdentitySettings, path)
