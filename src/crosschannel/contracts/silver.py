"""Silver: one shape for all channels, and who is who."""

from crosschannel.contracts.column import column, key, partition, time
from crosschannel.contracts.table import Check, DataClass, Shape, Table, Write

CHANNELS = ("web", "app", "email", "sms", "ads", "store", "call", "crm")
VERBS = (
    "send",  # the business reached out
    "impression",  # it was delivered or shown
    "view",
    "click",
    "engage",  # opened, logged in, searched, stayed
    "add",  # put into a basket or a list
    "purchase",
    "return",
    "contact",  # the customer reached out
    "unsubscribe",
    "complaint",
    "bounce",
    "profile",  # attributes as a system of record holds them
    "spend",  # cost of a campaign; belongs to no customer
)
LINE_TYPE = "struct<product_id:string,category:string,quantity:decimal(18,3),line_amount:decimal(18,2)>"
KINDS = ("person", "device", "household")
ON_EVENT, ON_DEVICE = "event", "device"  # where two identifiers were seen together
ON_RECORDS = "records"  # or that their records look like one person's
BY_DECISION = "decision"  # or that people said so


class Events(
    Table,
    name="silver.events",
    grain="one row per event, whatever the channel",
    write=Write.APPEND_NEW,
    produced_by="conform_events",
    read_by=("conform_events", "build_features", "build_labels", "plan_actions", "record_consents", "value_customers"),
    data_class=DataClass.DERIVED,
    retention_days=730,
    checks=(Check("verb", is_in=VERBS),),
):
    """What customers did and what was done to reach them, in one shape for all channels."""

    event_id = key("string", "hash of source and event_key")
    source = column("string", "name of the source")
    channel = column("string", "channel the event belongs to")
    verb = column("string", "what was done, on one ladder for all channels")
    event_ts = time("timestamp", "moment of the act, UTC")
    event_date = time("date", "UTC date of event_ts")
    node_key = column("bigint", "strongest usable identifier on the event", nullable=True)
    order_id = column("string", "order the event belongs to", nullable=True)
    order_amount = column("decimal(18,2)", "gross value of the whole order or of this line of it", nullable=True, unit="currency_code")
    currency_code = column("string", "ISO 4217 code of the amounts", nullable=True)
    cost_amount = column("decimal(18,2)", "what the business paid for it", nullable=True, unit="currency_code")
    lines = column(f"array<{LINE_TYPE}>", "order lines", nullable=True)
    campaign_id = column("string", "campaign behind the event", nullable=True)
    product_id = column("string", "product acted on", nullable=True)
    category = column("string", "product category acted on", nullable=True)
    content_id = column("string", "page, screen, template or queue", nullable=True)
    properties = column("map<string,string>", "declared further fields, none of them personal", nullable=True)


class Identifiers(
    Table,
    name="silver.identifiers",
    grain="one row per identifier on an event",
    write=Write.APPEND_NEW,
    produced_by="conform_events",
    read_by=("conform_events", "stitch_identities", "record_consents"),
    data_class=DataClass.IDENTIFIER,
    retention_days=730,
):
    """Keyed pseudonyms of the identifiers seen on events; screened ones carry the reason."""

    event_id = key("string", "event that carried the identifier")
    node_key = key("bigint", "first 60 bits of identifier_hash; the node of the identity graph")
    namespace = column("string", "type of the identifier")
    kind = column("string", "person, device or household")
    identifier_hash = column("string", "HMAC-SHA-256 of namespace and normalised value")
    source = column("string", "name of the source")
    channel = column("string", "channel of the event")
    event_ts = time("timestamp", "moment of the event, UTC")
    screen_reason = column("string", "why the value may not link anybody; null if it may", nullable=True)
    key_id = column("string", "name of the key behind identifier_hash; null in rows older than the column", nullable=True)


class IdentityEdges(
    Table,
    name="silver.identity_edges",
    grain="one row per pair of identifiers seen together and rule",
    write=Write.REPLACE_PARTITION,
    produced_by="stitch_identities",
    read_by=("stitch_identities",),
    data_class=DataClass.DERIVED,
    checks=(Check("seen_on", is_in=(ON_EVENT, ON_DEVICE, ON_RECORDS, BY_DECISION)),),
):
    """Evidence: which identifiers were seen on one record, how often and when."""

    left_key = key("bigint", "smaller node_key of the pair")
    right_key = key("bigint", "larger node_key of the pair")
    rule = key("string", "the two namespaces, joined by +, and @device if seen on one device only")
    left_namespace = column("string", "namespace of left_key")
    right_namespace = column("string", "namespace of right_key")
    kind = column("string", "weaker kind of the two: person, then device, then household")
    record_count = column("bigint", "events that carried both", unit="events")
    first_seen_ts = time("timestamp", "first such event, UTC")
    last_seen_ts = time("timestamp", "last such event, UTC")
    sources = column("array<string>", "sources of these events, sorted")
    seen_on = partition("string", "event, if single events carried both; device, if events of one personal device did; records, if their records look alike; decision, if people joined them")


class IdentityMap(
    Table,
    name="silver.identity_map",
    grain="one row per identifier",
    write=Write.REPLACE,
    produced_by="stitch_identities",
    read_by=(
        "stitch_identities", "build_features", "build_labels", "train_segments", "train_scores", "score_customers", "publish_segments",
        "plan_actions", "value_customers",
    ),
    data_class=DataClass.DERIVED,
    checks=(Check("kind", is_in=KINDS),),
):
    """Which customer each identifier belongs to, and the evidence that put it there."""

    node_key = key("bigint", "node of the identity graph")
    namespace = column("string", "type of the identifier")
    kind = column("string", "person, device or household")
    identifier_hash = column("string", "keyed pseudonym of the value")
    customer_id = column("string", "customer the identifier belongs to")
    is_identified = column("boolean", "the customer holds at least one person identifier")
    component_key = column("bigint", "smallest node_key of the component before rules")
    evidence_key = column("bigint", "neighbour through which the identifier joined; null for a customer's anchor", nullable=True)
    evidence_rule = column("string", "rule of that edge", nullable=True)
    evidence_count = column("bigint", "events behind that edge", nullable=True, unit="events")
    anchor_key = column("bigint", "the customer's strongest, then earliest identifier; null in maps older than the column", nullable=True)
    exact_key = column("bigint", "anchor of what single events and decisions hold together; null in older maps", nullable=True)
    exact_id = column("string", "id of the exact tier: no inferred link, no device of two; null in older maps", nullable=True)
    loose_id = column("string", "id of the loose tier: customers that share devices too; null in older maps", nullable=True)
    event_count = column("bigint", "events with the identifier; null in maps older than the column", nullable=True, unit="events")
    within_window = column("boolean", "last seen inside the window of its namespace, so that it counts against limits; null in older maps", nullable=True)
    first_seen_ts = time("timestamp", "first event with the identifier, UTC")
    last_seen_ts = time("timestamp", "last event with the identifier, UTC")
    valid_from = time("timestamp", "moment from which the identifier is known to belong to the customer, UTC")
    valid_to = time("timestamp", "9999-12-31: the membership holds; those that ended are in silver.identity_history, UTC")


class IdentityRefusals(
    Table,
    name="silver.identity_refusals",
    grain="one row per refused link or barred value and rule",
    write=Write.REPLACE,
    produced_by="stitch_identities",
    read_by=("stitch_identities",),
    data_class=DataClass.DERIVED,
):
    """Every link that was not made although evidence for it was seen, with the reason."""

    stage = key("string", "screen, hot, consent, decision, limit, shared_device, linkage or block")
    rule = key("string", "the rule that refused")
    left_key = key("bigint", "the identifier that was refused, or the smaller node_key of a refused pair")
    right_key = key("bigint", "the larger node_key of the pair; equal to left_key for a single value")
    observed = column("bigint", "what was counted")
    permitted = column("bigint", "what the rule allows")


class CustomerEvents(Shape):
    """Events with the customer they belong to; passes between verbs."""

    customer_id = column("string", "customer of the event")
    is_identified = column("boolean", "the customer holds a person identifier")


class KnownMembers(Shape):
    """Whose an identifier was known to be on the as-of dates; passes from identity to features."""

    node_key = column("bigint", "node of the identity graph")
    customer_id = column("string", "customer it was known to belong to")
    known_on = column("array<date>", "the as-of dates on which it was, ascending")
    identified_on = column("array<date>", "those of them on which the customer was known by a person identifier")


class IdentitySummary(Shape):
    """What stitching came to, in one row; passes from the identity map to checks and tracking."""

    identifiers = column("bigint", "rows of the identity map")
    customers = column("bigint", "customers")
    identified_customers = column("bigint", "customers that hold a person identifier")
    linked_customers = column("bigint", "customers that hold more than one identifier")
    supersized_customers = column("bigint", "customers with person identifiers for more than half of the largest size allowed")
    person_identifiers = column("bigint", "rows of kind person")
    largest_customer = column("bigint", "most person identifiers in one customer")
    most_identifiers = column("bigint", "most identifiers of any kind in one customer")
