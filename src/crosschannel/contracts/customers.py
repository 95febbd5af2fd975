"""Silver, the life of customers: which ids retired, what happened to them, and who was whom before."""

from crosschannel.contracts.column import column, key, time
from crosschannel.contracts.table import Check, DataClass, Table, Write

MINT, MERGE, SPLIT, RETIRE = "mint", "merge", "split", "retire"
NEW, UNITED, DIVIDED, GONE = "new", "united", "divided", "gone"  # reasons of an event


class IdentityAliases(
    Table,
    name="silver.identity_aliases",
    grain="one row per retired customer_id",
    write=Write.REPLACE,
    produced_by="stitch_identities",
    read_by=("stitch_identities", "build_labels", "plan_actions", "value_customers"),
    data_class=DataClass.DERIVED,
):
    """Where the customers of retired ids are now; always one hop to an id that lives."""

    retired_customer_id = key("string", "id that is no longer used, and never will be again")
    customer_id = column("string", "id that lives; null if nothing of the customer is left", nullable=True)
    retired_ts = time("timestamp", "end of the last day the run that retired it knew, UTC")
    reason = column("string", "united: it became part of another customer; gone: none of its identifiers is left")


class IdentityEvents(
    Table,
    name="silver.identity_events",
    grain="one row per event in the life of a customer_id",
    write=Write.APPEND_NEW,
    produced_by="stitch_identities",
    read_by=("stitch_identities", "plan_actions"),
    data_class=DataClass.DERIVED,
    checks=(Check("event_type", is_in=(MINT, MERGE, SPLIT, RETIRE)), Check("reason", is_in=(NEW, UNITED, DIVIDED, GONE))),
):
    """When ids were minted, merged, split and retired, from one run to the next, and what set it off."""

    event_key = key("string", "hash of moment, type and the customers concerned")
    event_type = column("string", "mint, merge, split or retire")
    customer_id = column("string", "customer it happened to; of a merge the one that went on")
    other_customer_ids = column("array<string>", "the other ids concerned, sorted: parts of a merge, parts of a split, heir of a retired id")
    reason = column("string", "new identifiers, customers united, a customer divided, or all its identifiers gone")
    cause = column("string", "what the run differed in: first_build, rules (settings or code), decisions, removals or evidence")
    anchor_key = column("bigint", "anchor a mint was named after; null for other events", nullable=True)
    occurred_ts = time("timestamp", "end of the last day the run knew, UTC")


class IdentityHistory(
    Table,
    name="silver.identity_history",
    grain="one row per identifier and closed interval in which it belonged to a customer",
    write=Write.MERGE,
    produced_by="stitch_identities",
    read_by=("build_features", "value_customers"),
    data_class=DataClass.DERIVED,
):
    """Memberships that ended; with the open ones of the map they say who was known to be whom on any past day."""

    node_key = key("bigint", "node of the identity graph")
    valid_from = key("timestamp", "moment from which the identifier was known to belong to the customer, UTC")
    valid_to = time("timestamp", "moment from which it was known not to, UTC")
    namespace = column("string", "type of the identifier")
    customer_id = column("string", "customer it belonged to")
    is_identified = column("boolean", "that customer held a person identifier")


class Households(
    Table,
    name="silver.households",
    grain="one row per customer that shares a household with another",
    write=Write.REPLACE,
    produced_by="stitch_identities",
    read_by=(),
    data_class=DataClass.DERIVED,
):
    """Which customers live together, by what they share; a second graph that joins no customers."""

    customer_id = key("string", "customer")
    household_id = column("string", "household, named after its smallest customer_id")
    customers = column("bigint", "customers of the household")
    evidence = column("array<string>", "namespaces of what the customer shares, sorted")
    record_count = column("bigint", "events of the customer there", unit="events")
    first_seen_ts = time("timestamp", "first such event, UTC")
    last_seen_ts = time("timestamp", "last such event, UTC")
