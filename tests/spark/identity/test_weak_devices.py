"""Where logins stray, a device seen with its customer on one day only is nobody's."""

from __future__ import annotations

from pyspark.sql import SparkSession

from crosschannel.contracts.silver import IdentityRefusals
from tests.spark.identity.stitched import stitched
from tests.support.identity_rows import COOKIE, EMAIL, SETTINGS, event, identifiers, lasting, repeated

WARY = SETTINGS.model_copy(update={"devices": SETTINGS.devices.model_copy(update={"weak_share_percent": 50})})


def test_a_device_of_one_login_among_many_visits_is_nobodys_and_the_others_keep_their_owner(spark: SparkSession) -> None:
    events = [
        *event("a", EMAIL, COOKIE), *repeated("b", 3, COOKIE),  # one login on one day, three visits without
        *lasting("c", 2, EMAIL, COOKIE + 1), *repeated("d", 9, COOKIE + 1),  # two days
        *event("e", EMAIL, COOKIE + 2), *event("f", COOKIE + 2),  # half of its events
    ]  # fmt: skip
    found = stitched(identifiers(spark, events), WARY)
    assert found.customers() == {frozenset({EMAIL, COOKIE + 1, COOKIE + 2}), frozenset({COOKIE})}
    refused = found.refusals.select(IdentityRefusals.stage, IdentityRefusals.rule, IdentityRefusals.left_key, IdentityRefusals.observed).collect()
    assert [tuple(r) for r in refused] == [("shared_device", "one_day", COOKIE, 1)]
