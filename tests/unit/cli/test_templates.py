"""Templates travel with the suite, and one command makes a contract of one."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from crosschannel.cli import app
from crosschannel.errors import UsageError
from crosschannel.settings.load import load_settings
from crosschannel.settings.sources import Source
from crosschannel.shipped import shipped_conf


def test_all_templates_are_listed() -> None:
    listed = CliRunner().invoke(app, ["contract", "template"], catch_exceptions=False).output.split()
    assert len(listed) == len(list(shipped_conf("templates").glob("*/*.yaml"))) >= 20
    assert {name.split("/")[0] for name in listed} >= {"klaviyo", "iterable", "twilio", "zendesk", "mixpanel", "google_ads"}


def test_a_template_becomes_a_contract_and_names_the_namespaces_it_needs(tmp_path: Path) -> None:
    out = tmp_path / "sources/klaviyo_person.yaml"
    result = CliRunner().invoke(app, ["contract", "template", "klaviyo/person", "--out", str(out)], catch_exceptions=False)
    assert load_settings(out, Source).source == "klaviyo_person"
    assert "klaviyo_person:" in result.output
    assert "phone:" in result.output


def test_a_template_nobody_ships_is_refused_with_the_nearest() -> None:
    with pytest.raises(UsageError, match="did you mean twilio/call"):
        CliRunner().invoke(app, ["contract", "template", "twilio/calls"], catch_exceptions=False)
