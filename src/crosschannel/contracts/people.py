"""Silver: records about people, how alike they look, and whose they are."""

from crosschannel.contracts.column import column, key, time
from crosschannel.contracts.table import DataClass, Shape, Table, Write


class Profiles(
    Table,
    name="silver.profiles",
    grain="one row per record about a person, as last delivered",
    write=Write.REPLACE,
    produced_by="conform_events",
    read_by=("stitch_identities",),
    data_class=DataClass.IDENTIFIER,
):
    """What records of people say about them, in the attributes that identity.yaml compares."""

    node_key = key("bigint", "node of the record in the identity graph")
    source = column("string", "name of the source")
    record_id = column("string", "id of the record as the source writes it", personal=True)
    observed_ts = time("timestamp", "moment of the record, UTC")
    attributes = column("map<string,string>", "values as written, by attribute", personal=True)


class RecordLinks(
    Table,
    name="silver.record_links",
    grain="one row per pair of records that look like one person's",
    write=Write.REPLACE,
    produced_by="stitch_identities",
    read_by=(),
    data_class=DataClass.DERIVED,
):
    """Pairs of records at or above the cut, with the weight of each as a waterfall, joined or refused."""

    left_key = key("bigint", "smaller node_key of the pair")
    right_key = key("bigint", "larger node_key of the pair")
    weight = column("double", "log2 odds of one person", unit="bits")
    waterfall = column("array<struct<name:string,level:int,bits:double>>", "prior, attributes, term frequencies and relatives; adds up to weight")
    is_evidence = column("boolean", "the join of two groups of records rests on this pair")
    refused_by = column("string", "why the two records stayed apart; null if they were joined", nullable=True)
    model_id = column("string", "parameters the weight was made with")


class RecordCustomers(
    Table,
    name="silver.record_customers",
    grain="one row per record about a person",
    write=Write.REPLACE,
    produced_by="stitch_identities",
    read_by=(),
    data_class=DataClass.IDENTIFIER,
):
    """Which customer each record belongs to, by the record's own id."""

    source = key("string", "name of the source")
    record_id = key("string", "id of the record as the source writes it", personal=True)
    node_key = column("bigint", "node of the record in the identity graph")
    customer_id = column("string", "customer the record belongs to")
    evidence_key = column("bigint", "identifier or record through which it joined; null for a customer's anchor", nullable=True)
    evidence_rule = column("string", "rule of that link", nullable=True)
    weight = column("double", "log2 odds of one person behind that link, if it rests on what records say", nullable=True, unit="bits")


class MatchModels(
    Table,
    name="silver.match_models",
    grain="one row per set of parameters learned",
    write=Write.APPEND_NEW,
    produced_by="stitch_identities",
    read_by=("stitch_identities",),
    data_class=DataClass.RECORD,
):
    """How people, relatives and strangers agree on the attributes, as learned from the records; JSON to reload."""

    model_id = key("string", "hash of the parameters")
    settings_hash = column("string", "hash of the attributes it was learned for")
    trained_ts = time("timestamp", "moment it was first learned, UTC")
    record_count = column("bigint", "records it was learned from", unit="records")
    parameters = column("string", "the parameters as JSON")


class RecordUniqueIds(Shape):
    """Unique identifiers that records carry; passes from the sightings to linkage."""

    node_key = column("bigint", "node of the record")
    namespace = column("string", "namespace with limit 1, or a source in which each person stands once")
    value_key = column("bigint", "node of the identifier")
