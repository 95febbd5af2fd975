"""Splink on the same records: its documented models for Febrl and fake_1000, the like for the others.

Every file is resolved at four thresholds and the best is reported, which needs the truth: a favour
to the peer. Values are trimmed and lower-cased first, as its documentation advises.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

THRESHOLDS = (0.5, 0.8, 0.95, 0.99)
LOWEST = 0.01


@dataclass(frozen=True)
class Model:
    """A Splink model: comparisons, keys for candidates, rules for the prior and keys for training."""

    comparisons: Sequence[Any]
    candidates: Sequence[Any]
    prior_rules: Sequence[str]
    recall: float
    training: Sequence[Any]
    link_only: bool = False


@dataclass(frozen=True)
class Labels:
    """Group of each record at each threshold, in the order of ``PersonFile.person``; seconds to the first of them."""

    seconds: float
    by_threshold: dict[float, list[str]] = field(default_factory=dict)


def splink_labels(frames_by_source: Mapping[str, pd.DataFrame], model: Model, api: Any = None, thresholds: Sequence[float] = THRESHOLDS) -> Labels:
    """Train, predict and group with Splink, on DuckDB if no other database is given; the groups at one threshold are timed."""
    from splink import DuckDBAPI, Linker, SettingsCreator

    logging.getLogger("splink").setLevel(logging.ERROR)
    frames = [_prepared(source, frame) for source, frame in frames_by_source.items()]
    started = time.monotonic()
    api = DuckDBAPI() if api is None else api
    tables = [
        api.register(f, dataset_display_name=f["source"].iloc[0]) for f in (frames if model.link_only else [pd.concat(frames, ignore_index=True)])
    ]
    settings = SettingsCreator(
        link_type="link_only" if model.link_only else "dedupe_only",
        unique_id_column_name="unique_row",
        comparisons=list(model.comparisons),
        blocking_rules_to_generate_predictions=list(model.candidates),
    )
    linker = Linker(tables if model.link_only else tables[0], settings, log_level=None)
    linker.training.estimate_probability_two_random_records_match(list(model.prior_rules), recall=model.recall)
    linker.training.estimate_u_using_random_sampling(max_pairs=1e6)
    for rule in model.training:
        linker.training.estimate_parameters_using_expectation_maximisation(rule)
    predictions = linker.inference.predict(threshold_match_probability=LOWEST)
    order = pd.concat([f["unique_row"] for f in frames], ignore_index=True)
    found: dict[float, list[str]] = {}
    seconds = 0.0
    for threshold in thresholds:
        groups = linker.clustering.cluster_pairwise_predictions_at_threshold(predictions, threshold_match_probability=threshold).as_pandas_dataframe()
        found[threshold] = order.map(groups.set_index("unique_row")["cluster_id"]).astype(str).tolist()
        seconds = seconds or time.monotonic() - started
    return Labels(seconds, found)


def model_of(name: str) -> Model | None:
    """Return the Splink model of a file; none where the peer has no documented one that fits."""
    from splink import block_on

    if name.startswith("Febrl"):
        return _febrl_model(link_only=name == "Febrl 4")
    if name == "fake_1000":
        return _fake_model()
    if name == "census":
        return _census_model()
    if name.startswith("DupeHell"):
        return _contacts_model(block_on)
    return None


def _prepared(source: str, frame: pd.DataFrame) -> pd.DataFrame:
    texts = frame.apply(lambda column: column.astype("string").str.strip().str.lower()).astype(object)
    texts = texts.where(texts.notna() & (texts != ""), None)
    texts["unique_row"] = source + "/" + frame.iloc[:, 0].astype(str)
    texts["source"] = source
    return texts


def _rare(comparison: Any) -> Any:
    return comparison.configure(term_frequency_adjustments=True)


def _febrl_model(*, link_only: bool) -> Model:
    import splink.comparison_library as cl
    from splink import block_on

    same = "l.soc_sec_id = r.soc_sec_id"
    named = "l.given_name = r.given_name and l.surname = r.surname and l.date_of_birth = r.date_of_birth"
    begins = "substr(l.given_name,1,2) = substr(r.given_name,1,2) and l.surname = r.surname and substr(l.postcode,1,2) = substr(r.postcode,1,2)"
    return Model(
        comparisons=[
            _rare(cl.NameComparison("given_name")),
            _rare(cl.NameComparison("surname")),
            cl.DateOfBirthComparison("date_of_birth", input_is_string=True, datetime_format="%Y%m%d", invalid_dates_as_null=True),
            cl.DamerauLevenshteinAtThresholds("soc_sec_id", [1, 2]),
            _rare(cl.ExactMatch("street_number")),
            _rare(cl.DamerauLevenshteinAtThresholds("postcode", [1, 2])),
        ],
        candidates=[
            *(block_on(c) for c in ("soc_sec_id", "surname", "date_of_birth", "postcode")),
            block_on("given_name", "surname"),
            block_on("given_name", "postcode"),
            block_on("street_number", "postcode"),
        ],
        prior_rules=[same, named, begins],
        recall=0.9,
        training=[block_on("date_of_birth"), block_on("postcode")],
        link_only=link_only,
    )


def _fake_model() -> Model:
    import splink.comparison_library as cl
    from splink import block_on

    near = "levenshtein(r.dob, l.dob) <= 1"
    return Model(
        comparisons=[
            _rare(cl.NameComparison("first_name")),
            _rare(cl.NameComparison("surname")),
            cl.DateOfBirthComparison("dob", input_is_string=True, invalid_dates_as_null=True),
            _rare(cl.ExactMatch("city")),
            cl.EmailComparison("email"),
        ],
        candidates=[block_on(c) for c in ("first_name", "surname", "dob", "email")],
        prior_rules=[
            f"l.first_name = r.first_name and {near}",
            f"l.surname = r.surname and {near}",
            "l.first_name = r.first_name and levenshtein(r.surname, l.surname) <= 2",
            "l.email = r.email",
        ],
        recall=0.7,
        training=[block_on("first_name", "surname"), block_on("dob")],
    )


def _census_model() -> Model:
    import splink.comparison_library as cl
    from splink import block_on

    return Model(
        comparisons=[
            _rare(cl.NameComparison("first_name")),
            _rare(cl.ExactMatch("middle_initial")),
            _rare(cl.NameComparison("last_name")),
            cl.DateOfBirthComparison("date_of_birth", input_is_string=True, datetime_format="%m/%d/%Y", invalid_dates_as_null=True),
            _rare(cl.DamerauLevenshteinAtThresholds("street_number", [1])),
            _rare(cl.JaroWinklerAtThresholds("street_name", [0.92, 0.8])),
            cl.JaroWinklerAtThresholds("unit_number", [0.92]),
            cl.DamerauLevenshteinAtThresholds("zipcode", [1]),
            cl.ExactMatch("sex"),
            cl.ExactMatch("race_ethnicity"),
        ],
        candidates=[
            block_on("date_of_birth"),
            block_on("first_name", "last_name"),
            block_on("first_name", "street_name"),
            block_on("first_name", "street_number"),
            block_on("last_name", "age", "middle_initial"),
        ],
        prior_rules=[
            "l.first_name = r.first_name and l.date_of_birth = r.date_of_birth",
            "l.first_name = r.first_name and l.last_name = r.last_name and l.street_name = r.street_name",
        ],
        recall=0.6,
        training=[block_on("first_name", "last_name"), block_on("date_of_birth")],
    )


def _contacts_model(block_on: Any) -> Model:
    import splink.comparison_library as cl

    return Model(
        comparisons=[
            _rare(cl.NameComparison("first_name")),
            _rare(cl.NameComparison("last_name")),
            cl.EmailComparison("email"),
            cl.DamerauLevenshteinAtThresholds("phone", [1, 2]),
            cl.JaroWinklerAtThresholds("job_title", [0.92, 0.8]),
            _rare(cl.JaroWinklerAtThresholds("company_name", [0.92, 0.8])),
            _rare(cl.JaroWinklerAtThresholds("city", [0.92, 0.8])),
        ],
        candidates=[block_on(c) for c in ("email", "phone", "first_name", "last_name", "company_name", "city")],
        prior_rules=[
            "l.email = r.email",
            "l.phone = r.phone",
            "l.first_name = r.first_name and l.last_name = r.last_name and l.company_name = r.company_name",
        ],
        recall=0.7,
        training=[block_on("email"), block_on("phone")],
    )
