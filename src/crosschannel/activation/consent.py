"""Consent as profiles state it and messages withdraw it: whom a channel may reach.

The latest word of each identifier counts, a withdrawal beside an agreement of the same moment wins,
and one identifier that says no says it for the whole customer. Who never said anything is not reached.
"""

from __future__ import annotations

from collections.abc import Mapping

from pyspark.sql import Column, DataFrame, functions as F

from crosschannel.contracts.activation import AllowedContacts
from crosschannel.contracts.silver import Events, IdentityMap

PROFILE, WITHDRAWALS = "profile", ("unsubscribe", "complaint")
REFUSES, WORD = "REFUSES", "WORD"


def to_allowed(events: DataFrame, identity_map: DataFrame, properties: Mapping[str, str]) -> DataFrame:
    """Return the customers and channels with consent, as :class:`~crosschannel.contracts.activation.AllowedContacts`.

    Parameters
    ----------
    events
        ``silver.events`` up to the day in question.
    properties
        Channel, and the property of profile events that holds the agreement to it.
    """
    telling = events.where(F.col(Events.verb).isin(PROFILE, *WITHDRAWALS) & F.col(Events.node_key).isNotNull())
    words = F.array_compact(F.array(*[_word_expr(channel, name) for channel, name in sorted(properties.items())]))
    said = telling.select(Events.node_key, Events.event_ts, F.explode(words).alias(WORD))
    latest = said.groupBy(Events.node_key, F.col(WORD)[Events.channel].alias(AllowedContacts.channel)).agg(
        F.max(F.struct(Events.event_ts, F.col(WORD)[REFUSES].alias(REFUSES))).alias(WORD)
    )
    members = identity_map.select(IdentityMap.node_key, IdentityMap.customer_id)
    of_customers = latest.join(members, on=IdentityMap.node_key, how="inner").groupBy(IdentityMap.customer_id, AllowedContacts.channel)
    return of_customers.agg(F.max(F.col(WORD)[REFUSES]).alias(REFUSES)).where(~F.col(REFUSES)).select(*AllowedContacts.columns)


def _word_expr(channel: str, property_name: str) -> Column:
    """Return what an event says about one channel: an agreement, a refusal or a withdrawal; null if nothing."""
    verb = F.col(Events.verb)
    refuses = F.when(verb.isin(*WITHDRAWALS) & (F.col(Events.channel) == channel), F.lit(True)).when(
        verb == PROFILE, ~F.col(Events.properties)[property_name].try_cast("boolean")
    )
    return F.when(refuses.isNotNull(), F.struct(F.lit(channel).alias(Events.channel), refuses.alias(REFUSES)))
