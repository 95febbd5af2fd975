import json
from typing import Any

import pytest
from pydantic import ValidationError

from crosschannel.settings.sources import Source
from tests.jobs.intake import SHOP, TEXTS

KAFKA = {"kafka": {"topic": "sales"}}


def source(base: dict[str, Any], **changes: Any) -> Source:
    return Source.model_validate_json(json.dumps({k: v for k, v in {**base, **changes}.items() if v is not None}))


def test_a_source_may_be_a_topic_alone_or_files_and_a_topic() -> None:
    assert source(SHOP, path=None, stream=KAFKA).path == ""
    both = source(SHOP, stream=KAFKA)
    assert (both.path, both.stream and both.stream.kafka.servers_env) == ("shop/*", "CROSSCHANNEL_KAFKA")


def test_a_source_that_comes_from_nowhere_is_refused() -> None:
    with pytest.raises(ValidationError, match="give path.*or stream"):
        source(SHOP, path=None)


def test_a_format_with_headers_is_no_message() -> None:
    with pytest.raises(ValidationError, match="json_lines or pattern, not csv"):
        source(TEXTS, stream=KAFKA)


@pytest.mark.parametrize(
    "wrong", [{"topic": "a b"}, {"topic": "t", "servers_env": "host:9092"}, {"topic": "t", "password": "x"}, {"topic": "t", "max_messages": 0}]
)
def test_addresses_and_secrets_have_no_place_in_a_contract(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        source(SHOP, stream={"kafka": wrong})
