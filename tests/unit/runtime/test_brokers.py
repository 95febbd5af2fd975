import json
from pathlib import Path

import pytest

from crosschannel.errors import UsageError
from crosschannel.runtime.brokers import PROPERTIES, client_properties, topics_of
from crosschannel.settings.sources import Source, SourcesSettings
from tests.jobs.intake import SHOP, TEXTS

STREAMED = {**SHOP, "stream": {"kafka": {"topic": "sales", "max_messages": 5}}}
SETTINGS = SourcesSettings(sources=tuple(Source.model_validate_json(json.dumps(s)) for s in (STREAMED, TEXTS)))


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (PROPERTIES, "CROSSCHANNEL_KAFKA"):
        monkeypatch.delenv(name, raising=False)


def test_the_option_goes_before_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CROSSCHANNEL_KAFKA", "one:9092")
    assert {name: (t.name, t.servers, t.max_messages) for name, t in topics_of(SETTINGS, None).items()} == {"shop": ("sales", "one:9092", 5)}
    assert topics_of(SETTINGS, "two:9092")["shop"].servers == "two:9092"


def test_without_brokers_it_says_where_to_name_them() -> None:
    with pytest.raises(UsageError, match="source shop follows the topic sales.*--kafka HOST:PORT, or set CROSSCHANNEL_KAFKA"):
        topics_of(SETTINGS, None)


def test_secrets_come_from_a_file_and_show_nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "client.properties"
    file.write_text('# ours\nsecurity.protocol=SASL_SSL\nsasl.jaas.config = Login required password="a=b";\n', encoding="utf-8")
    monkeypatch.setenv(PROPERTIES, str(file))
    topic = topics_of(SETTINGS, "one:9092")["shop"]
    assert topic.properties == {"security.protocol": "SASL_SSL", "sasl.jaas.config": 'Login required password="a=b";'}
    assert "password" not in repr(topic)


def test_a_line_that_is_no_property_is_refused_without_being_shown(tmp_path: Path) -> None:
    file = tmp_path / "client.properties"
    file.write_text("secret", encoding="utf-8")
    with pytest.raises(UsageError, match="no name=value") as refused:
        client_properties(str(file))
    assert "secret" not in str(refused.value).removesuffix("it is not shown, since it may hold a secret")
    with pytest.raises(UsageError, match="is no file"):
        client_properties(str(tmp_path / "nowhere"))
