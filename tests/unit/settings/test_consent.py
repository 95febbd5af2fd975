"""consent.yaml: what is refused at load, with its line and the valid choices."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from crosschannel.errors import UsageError
from crosschannel.settings.consent import USES
from crosschannel.settings.project import Project
from crosschannel.shipped import shipped_conf


def project_with(folder: Path, text: str | None) -> Project:
    shutil.copytree(shipped_conf("demo"), folder / "demo")
    path = folder / "demo" / "consent.yaml"
    path.unlink()
    if text is not None:
        path.write_text(text, encoding="utf-8")
    return Project(folder / "demo")


PURPOSES = """purposes:
  marketing: {channels: [email, sms]}
  profiling: {unknown: allow, basis: legitimate_interest}
uses: {training: profiling, scoring: profiling, publishing: profiling}
statements:
"""


def test_the_demo_asks_before_it_approaches_anybody_and_names_a_purpose_for_every_use() -> None:
    settings = Project(shipped_conf("demo")).consent
    assert settings.published == (("marketing", "email"), ("marketing", "sms"), ("advertising", "ads"))
    assert not settings.is_allowed_unasked("marketing")
    assert set(settings.uses) == set(USES)


def test_a_project_without_the_file_declares_no_purposes(tmp_path: Path) -> None:
    assert not project_with(tmp_path, None).consent.purposes


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("purposes: {profiling: {unknown: allow}}\n", "needs a basis"),
        ("purposes: {profiling: {}}\nuses: {training: profiling}\n", "no purpose for publishing, scoring"),
        ("purposes: {p: {}}\nuses: {training: p, scoring: p, publishing: q}\n", "'q' is no purpose that purposes declares"),
        ("purposes: {p: {channels: [sms]}}\nuses: {training: p, scoring: p, publishing: p}\n", "a use needs one without"),
        (PURPOSES + "  - {source: crm, purpose: marketing}\n", "from either property or verb"),
        (PURPOSES + "  - {source: email, purpose: marketing, verb: unsubscribe}\n", "a verb needs status"),
        (PURPOSES + "  - {source: crm, purpose: marketing, channel: call, property: consent_sms}\n", "'call' is no channel of purpose marketing"),
        (PURPOSES + "  - {source: crm, purpose: profiling, property: consent_sms, status: granted}\n", "a signal that withdraws when true"),
        (PURPOSES + "  - {source: crn, purpose: marketing, property: consent_sms}\n", "'crn' is no source of this project"),
        (PURPOSES + "  - {source: crm, purpose: marketing, property: consent_mail}\n", "did you mean consent_email"),
        (PURPOSES + "  - {source: sms, purpose: marketing, verb: unsubscribe, status: withdrawn}\n", "no verb of source sms; choose from bounce, click, send"),
    ],
)
def test_a_mistake_is_refused_where_it_stands(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(UsageError, match=said.replace("(", "\\(")) as error:
        _ = project_with(tmp_path, text).consent
    assert "consent.yaml" in str(error.value)
