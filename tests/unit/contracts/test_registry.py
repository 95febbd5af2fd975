from crosschannel.contracts.registry import CONTRACTS, TABLES, read_by, written_by
from crosschannel.contracts.silver import Events, Identifiers


def test_every_table_class_is_found_by_its_name() -> None:
    assert CONTRACTS["silver.events"] is Events.contract
    assert len(CONTRACTS) == len(TABLES)


def test_what_a_job_writes_is_what_names_it_as_producer() -> None:
    assert set(written_by("conform_events")) >= {Events.contract, Identifiers.contract}


def test_what_a_job_reads_includes_its_own_last_results() -> None:
    names = {c.name for c in read_by("stitch_identities")}
    assert {"silver.identifiers", "silver.identity_map"} <= names


def test_nobody_reads_or_writes_for_an_unknown_job() -> None:
    assert written_by("make_coffee") == read_by("make_coffee") == ()
