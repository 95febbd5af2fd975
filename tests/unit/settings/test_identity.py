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


@pytest.mark.parametrize("kind", ["device", "household"])
def test_a_window_without_a_limit_has_nothing_to_count(kind: str) -> None:
    with pytest.raises(ValidationError, match="window has nothing to count without limit or caps; remove it, or set one of them"):
        Namespace(kind=kind, priority=1, window=30)  # type: ignore[arg-type]


def test_a_window_may_belong_to_caps_alone() -> None:
    assert Namespace(kind="device", priority=1, window=30, caps={"crm_id": 3}).window == 30


def test_a_cap_of_a_namespace_nobody_declares_is_refused_with_the_nearest() -> None:
    email = Namespace(kind="person", priority=10, limit=3, caps={"crm": 3})
    with pytest.raises(ValidationError, match="'crm' is no namespace; .*did you mean crm_id"):
        IdentitySettings(namespaces={"email": email, "crm_id": Namespace(kind="person", priority=90, limit=1)})


def test_a_phone_needs_a_region() -> None:
    with pytest.raises(ValidationError, match="region"):
        Namespace(kind="person", priority=1, limit=2, normaliser="phone")


def test_only_what_names_people_passes_from_one_to_another() -> None:
    with pytest.raises(ValidationError, match="passes_on is for namespaces of kind person"):
        Namespace(kind="device", priority=1, passes_on=True)
