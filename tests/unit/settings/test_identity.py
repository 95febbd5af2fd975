"""``identity.yaml`` says how far an identifier may reach, and contradictions are refused."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from crosschannel.settings.identity import IdentitySettings, Namespace


def test_namespaces_are_ranked_by_kind_then_priority_then_name() -> None:
    settings = IdentitySettings(
        namespaces={
            "cookie_id": Namespace(kind="device", priority=99),
            "email": Namespace(kind="person", priority=10, limit=3),
            "phone": Namespace(kind="person", priority=10, limit=3),
            "crm_id": Namespace(kind="person", priority=90, limit=1),
        }
    )
    assert settings.ranked == ("crm_id", "email", "phone", "cookie_id")
    assert settings.people == ("crm_id", "email", "phone")


@pytest.mark.parametrize(("kind", "limit"), [("person", None), ("device", 3)])
def test_people_need_a_limit_and_devices_have_none(kind: str, limit: int | None) -> None:
    with pytest.raises(ValidationError, match="person namespaces need a limit"):
        IdentitySettings(namespaces={"x": Namespace(kind=kind, priority=1, limit=limit)})  # type: ignore[arg-type]


def test_a_weak_limit_above_the_limit_would_refuse_nothing() -> None:
    with pytest.raises(ValidationError, match="never refuse"):
        Namespace(kind="person", priority=1, limit=2, weak_limit=3)


def test_a_phone_needs_a_region() -> None:
    with pytest.raises(ValidationError, match="region"):
        Namespace(kind="person", priority=1, limit=2, normaliser="phone")


def test_only_what_names_people_passes_from_one_to_another() -> None:
    with pytest.raises(ValidationError, match="passes_on is for namespaces of kind person"):
        Namespace(kind="device", priority=1, passes_on=True)
