"""Hot values: identifiers seen with far too many others to name anybody, learned from the data alone.

Input   ``silver.identifiers``
Output  rows of ``silver.identity_refusals``: stage ``hot``, rule ``<namespace>+<counted namespace>``,
        how many were counted and the cap

A till's own address, which no blocklist knows, is seen with a new loyalty card every few minutes. A
value is hot if the events that carried it inside its window carried more distinct values of another
namespace than ``caps`` allow. Nothing is remembered: who is hot follows from the identifiers, the
settings and the as-of date, so a value cools down when its events leave the window or are erased.
Other hot values are counted like any, so the answer needs no order.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import reduce
from operator import or_

from pyspark.sql import Column, DataFrame, functions as F

from crosschannel.contracts.silver import Identifiers, IdentityRefusals
from crosschannel.identity.edges import CHECK, EVENT, only_usable
from crosschannel.identity.refusals import refusal
from crosschannel.identity.windows import first_moment
from crosschannel.settings.identity import IdentitySettings, Namespace

HOT = "hot"  # stage of the refusals
VALUE, OWN, OTHER, COUNTED = "VALUE", "OWN", "OTHER", "COUNTED"  # a value and its namespace, another one on its event and the namespace of that
RULE, OBSERVED, PERMITTED = "RULE", "OBSERVED", "PERMITTED"


def capped(settings: IdentitySettings) -> dict[str, Namespace]:
    """Return the namespaces whose values may be hot."""
    return {name: n for name, n in settings.namespaces.items() if n.caps}


def to_hot(identifiers: DataFrame, *, settings: IdentitySettings, as_of: date, candidates: DataFrame | None = None) -> DataFrame:
    """List the values that are hot on a day, and by which cap.

    Parameters
    ----------
    identifiers
        Rows of ``silver.identifiers``.
    candidates
        The only node_keys that can be hot (:func:`to_candidates`); any may if it is not given.
    """
    declared, usable = capped(settings), identifiers.transform(only_usable)
    values = usable.transform(_only_recent, declared, as_of)
    if candidates is not None:
        values = values.join(candidates, on=Identifiers.node_key, how="left_semi")
    seen = values.select(*_event(), F.col(Identifiers.node_key).alias(VALUE), F.col(Identifiers.namespace).alias(OWN))
    counted = sorted({other for n in declared.values() for other in n.caps})
    others = usable.where(F.col(Identifiers.namespace).isin(*counted)).select(
        *_event(), F.col(Identifiers.node_key).alias(OTHER), F.col(Identifiers.namespace).alias(COUNTED)
    )
    pair = F.concat_ws("+", OWN, COUNTED)
    met = seen.join(others, on=[EVENT, CHECK], how="inner").where((F.col(VALUE) != F.col(OTHER)) & _cap_expr(declared, pair).isNotNull())
    counts = met.groupBy(VALUE, pair.alias(RULE)).agg(F.count_distinct(OTHER).alias(OBSERVED))
    over = counts.withColumn(PERMITTED, _cap_expr(declared, F.col(RULE))).where(F.col(OBSERVED) > F.col(PERMITTED))
    return over.select(*refusal(F.lit(HOT), F.col(RULE), (F.col(VALUE), F.col(VALUE)), F.col(OBSERVED), F.col(PERMITTED)))


def to_candidates(added: DataFrame, *, refusals: DataFrame, settings: IdentitySettings) -> DataFrame:
    """Return the only values that can be hot after events were added, each once: those the events carried, and those that were hot.

    Holds as long as no window opened towards the past; what is seen no more can only cool down.
    """
    new = added.where(F.col(Identifiers.namespace).isin(*capped(settings))).select(Identifiers.node_key)
    hot = refusals.where(F.col(IdentityRefusals.stage) == HOT).select(F.col(IdentityRefusals.left_key).alias(Identifiers.node_key))
    return new.unionByName(hot).distinct()


def _only_recent(identifiers: DataFrame, declared: Mapping[str, Namespace], as_of: date) -> DataFrame:
    """Keep sightings of values that may be hot, inside the windows of their namespaces."""
    namespace, moment = F.col(Identifiers.namespace), F.col(Identifiers.event_ts)
    recent = [(namespace == name) & (F.lit(True) if n.window is None else moment >= first_moment(as_of, n.window)) for name, n in declared.items()]
    return identifiers.where(reduce(or_, recent))


def _event() -> tuple[Column, Column]:
    return F.xxhash64(Identifiers.event_id).alias(EVENT), F.hash(Identifiers.event_id).alias(CHECK)


def _cap_expr(declared: Mapping[str, Namespace], pair: Column) -> Column:
    """Return the cap of a pair of namespaces, null if it has none."""
    return F.create_map(*[F.lit(part) for name, n in declared.items() for other, cap in n.caps.items() for part in (f"{name}+{other}", cap)])[pair]
