"""Delivery: what leaves the lake besides the serving tables, in wide and in long form; nothing of it is stored in the lake."""

from crosschannel.contracts.column import column, key
from crosschannel.contracts.table import Shape

NEW, CHANGED, GONE = "new", "changed", "gone"
CUSTOMER_CHANGES, SCORE_CHANGES = "customer_changes", "score_changes"


class CustomerChanges(Shape):
    """One row per customer that differs between two releases; segment and scores as in serving.customer_segments follow, of a gone one the last ones."""

    customer_id = key("string", "customer; unique")
    change_type = column("string", "new, changed or gone")
    valid_from = column("timestamp", "moment from which the row holds, UTC")
    row_hash = column("string", "hash of segment and scores; of a gone customer the last one")


class ScoreChanges(Shape):
    """One row per customer and score that differs between two releases."""

    customer_id = key("string", "customer; unique with score_name")
    score_name = key("string", "name of the score")
    change_type = column("string", "new, changed or gone")
    valid_from = column("timestamp", "moment from which the row holds, UTC")
    row_hash = column("string", "hash of what follows; of a gone score the last one")
    score = column("double", "probability, or the 0-100 omnichannel score", nullable=True)
    probability = column("double", "calibrated probability of the outcome", nullable=True)
    decile = column("int", "1 is the tenth of customers with the highest score", nullable=True)
    model_version = column("string", "model version", nullable=True)
