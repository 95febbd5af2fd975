"""Declarations of the namespaces that drafts use, as ``identity.yaml`` wants them."""

from __future__ import annotations

from collections.abc import Iterable

DECLARATIONS = {
    "customer_id": "{kind: person, priority: 95, limit: 1, normaliser: exact}",
    "loyalty_id": "{kind: person, priority: 90, limit: 1, normaliser: exact}",
    "email": "{kind: person, priority: 70, limit: 4, weak_limit: 1, normaliser: email}",
    "phone": "{kind: person, priority: 60, limit: 3, passes_on: true, normaliser: phone, region: GB}  # unsure: region of numbers without country code",
    "card_token": "{kind: device, priority: 30, normaliser: exact}",
    "device_id": "{kind: device, priority: 20, normaliser: exact}",
    "cookie_id": "{kind: device, priority: 20, normaliser: exact}",
    "address_and_browser": "{kind: device, priority: 10, normaliser: exact}",
    "client_address": "{kind: device, priority: 10, normaliser: exact}",
    "household_id": "{kind: household, priority: 10, normaliser: exact}",
}


def namespaces_yaml(names: Iterable[str]) -> str:
    """Write the entries under ``namespaces`` of ``identity.yaml``."""
    return "".join(f"  {name}: {DECLARATIONS[name]}\n" for name in sorted(names))


def identity_yaml(names: Iterable[str]) -> str:
    """Write a first ``identity.yaml``; without identifiers it declares one namespace, since it needs some."""
    return "# Which values name a person; see docs/identity.md.\nnamespaces:\n" + (namespaces_yaml(names) or namespaces_yaml(["customer_id"]))
