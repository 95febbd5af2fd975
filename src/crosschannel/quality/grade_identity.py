"""Grade stitching: which identifiers of one person ended in one customer.

Everything is counted from how many identifiers of each person each customer holds, never from
pairs, so grading costs as much as one group-by. Recall is over pairs the logs connect (the same
``evidence_group``); ``pairwise_recall_all`` is over all pairs, cookies that never log in included.
B-cubed: Bagga and Baldwin 1998.
"""

from __future__ import annotations

from pyspark.sql import Column, DataFrame, functions as F

from crosschannel.contracts.silver import IdentityMap
from crosschannel.contracts.truth import MatchedIdentifiers, TrueIdentifiers

HELD, TOTAL, SQUARES, OWNERS, RANK_KEY, ITEMS = "HELD", "TOTAL", "SQUARES", "OWNERS", "RANK_KEY", "ITEMS"
UNSEEN = "unseen:"  # customer of an identifier the map does not hold: it is linked with nothing
CUSTOMER, PERSON, GROUP = MatchedIdentifiers.customer_id, MatchedIdentifiers.person_id, MatchedIdentifiers.evidence_group


def to_matched(truth: DataFrame, identity_map: DataFrame) -> DataFrame:
    """Return the identifiers of exactly one person with the customer they were given to.

    Parameters
    ----------
    truth
        Rows of :class:`TrueIdentifiers` with ``node_key`` beside them.

    Notes
    -----
    An identifier that is missing from the map (screened by mistake, say) counts as a customer of
    its own: losing it costs recall.
    """
    owned = truth.where(F.col(TrueIdentifiers.person_id).isNotNull())
    given = identity_map.select(IdentityMap.node_key, IdentityMap.customer_id)
    customer = F.coalesce(IdentityMap.customer_id, F.concat(F.lit(UNSEEN), F.col(IdentityMap.node_key).cast("string")))
    joined = owned.join(given, on=str(IdentityMap.node_key), how="left")
    return joined.withColumn(IdentityMap.customer_id, customer).select(*MatchedIdentifiers.columns)


def identity_grades(matched: DataFrame, identity_map: DataFrame) -> dict[str, float]:
    """Return pairwise and B-cubed measures, the over-merge rate and the largest customer."""
    wholes = {"customer": (CUSTOMER,), "person": (PERSON,), "linkable": (PERSON, GROUP)}
    held = {name: _squares(matched, *columns) for name, columns in wholes.items()}
    right, right_linkable = _squares(matched, CUSTOMER, PERSON), _squares(matched, CUSTOMER, PERSON, GROUP)
    items = _number(matched, F.count(F.lit(1)))
    # a group of n holds n(n-1)/2 pairs, so pairs follow from the sum of squares and the number of items
    pairs = {name: (squares - items) / 2 for name, squares in (held | {"right": right, "right_linkable": right_linkable}).items()}
    precision, recall = _ratio(pairs["right"], pairs["customer"]), _ratio(pairs["right_linkable"], pairs["linkable"])
    b_precision, b_recall = _bcubed(matched, (CUSTOMER,), (PERSON,)), _bcubed(matched, (PERSON, GROUP), (CUSTOMER,))
    owners = _groups(matched, CUSTOMER, PERSON).groupBy(CUSTOMER).agg(F.count(F.lit(1)).alias(OWNERS))
    return {
        "pairwise_precision": precision,
        "pairwise_recall": recall,
        "pairwise_f1": f1(precision, recall),
        "pairwise_recall_all": _ratio(pairs["right"], pairs["person"]),
        "bcubed_precision": b_precision,
        "bcubed_recall": b_recall,
        "bcubed_f1": f1(b_precision, b_recall),
        "over_merge_rate": _ratio(_number(owners, F.count_if(F.col(OWNERS) > 1)), _number(owners, F.count(F.lit(1)))),
        "largest_cluster": _number(_groups(identity_map, IdentityMap.customer_id), F.max(HELD)),
        "identifiers_graded": items,
        "identifiers_unseen": _number(matched, F.count_if(F.col(CUSTOMER).startswith(UNSEEN))),
        "customers": _number(identity_map, F.count_distinct(IdentityMap.customer_id)),
    }


def pairwise_grades(matched: DataFrame) -> dict[str, float]:
    """Return precision, recall and F1 over pairs alone; without a pair to judge there is nothing wrong with it."""
    items = _number(matched, F.count(F.lit(1)))
    right, given, true = ((_squares(matched, *columns) - items) / 2 for columns in ((CUSTOMER, PERSON), (CUSTOMER,), (PERSON,)))
    precision, recall = (right / whole if whole else 1.0 for whole in (given, true))
    return {"precision": precision, "recall": recall, "f1": f1(precision, recall)}


def to_customer_persons(matched: DataFrame) -> DataFrame:
    """Return the person that holds most identifiers of each customer; the smallest id wins a tie."""
    ranked = _groups(matched, CUSTOMER, PERSON).withColumn(RANK_KEY, F.struct(-F.col(HELD), F.col(PERSON)))
    return ranked.groupBy(CUSTOMER).agg(F.min(RANK_KEY).getField(PERSON).alias(PERSON))


def f1(precision: float, recall: float) -> float:
    """Return the harmonic mean; 0 if both are."""
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0


def _groups(df: DataFrame, *columns: str) -> DataFrame:
    return df.groupBy(*columns).agg(F.count(F.lit(1)).alias(HELD))


def _squares(matched: DataFrame, *columns: str) -> float:
    """Return the sum of squared group sizes: whole numbers, so that no order of adding matters."""
    return _number(_groups(matched, *columns), F.sum(F.col(HELD) * F.col(HELD)))


def _bcubed(matched: DataFrame, whole: tuple[str, ...], part: tuple[str, ...]) -> float:
    """Return the mean, over identifiers, of the share of their group that is rightly with them."""
    parts = _groups(matched, *whole, *part)
    wholes = parts.groupBy(*whole).agg(F.sum(HELD).alias(TOTAL), F.sum(F.col(HELD) * F.col(HELD)).alias(SQUARES))
    counts = wholes.groupBy(TOTAL, SQUARES).agg(F.count(F.lit(1)).alias(ITEMS)).collect()  # sizes of customers: a short table
    return _ratio(sum(row[2] * row[1] / row[0] for row in sorted(counts)), sum(row[2] * row[0] for row in counts))


def _number(df: DataFrame, aggregate: Column) -> float:
    row = df.agg(aggregate).first()
    return float(row[0]) if row is not None and row[0] is not None else 0.0


def _ratio(part: float, whole: float) -> float:
    return part / whole if whole else 0.0
