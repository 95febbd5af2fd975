"""ML, customer value: what customers did, the model of it, and what each is expected to bring."""

from crosschannel.contracts.column import column, key, partition
from crosschannel.contracts.table import Check, DataClass, Shape, Table, Write

FITTED, REFUSED = "fitted", "refused"


class ValueModels(
    Table,
    name="ml.value_models",
    grain="one row per fitted or refused model version",
    write=Write.APPEND_NEW,
    produced_by="value_customers",
    read_by=(),
    data_class=DataClass.RELEASE,
):
    """Models of customer value as a few parameters, with how they fared on days held out; a refused one keeps the reason."""

    model_version = key("string", "first 12 hex digits of the SHA-256 of content")
    content = column("string", "parameters, their errors, the figures on the days held out, as JSON")
    verdict = column("string", "fitted, or refused: no customer is valued")
    reason = column("string", "why it was refused; or why orders are foretold and their value is not; empty if neither")
    as_of_date = column("date", "last day the model knows")


class CustomerValues(
    Table,
    name="ml.customer_values",
    grain="one row per customer who ordered by as_of_date",
    write=Write.REPLACE_PARTITION,
    produced_by="value_customers",
    read_by=(),
    data_class=DataClass.DERIVED,
    retention_days=730,
    checks=(Check("p_alive", at_least=0, at_most=1), Check("expected_orders", at_least=0)),
):
    """What each customer is expected to bring in the horizon after a day, and between which bounds."""

    customer_id = key("string", "customer")
    as_of_date = partition("date", "last day that is known", is_key=True)
    horizon_days = column("int", "days after as_of_date the value is of", unit="days")
    expected_orders = column("double", "mean number of days with an order", unit="days with an order")
    p_alive = column("double", "probability that the customer has not left", unit="0-1")
    orders_low = column("int", "with orders_high: so many of 100 such customers lie between as values.yaml, interval, says", unit="days with an order")
    orders_high = column("int", "see orders_low", unit="days with an order")
    order_value = column("double", "mean value of the days with an order to come; null if the model of values was refused", nullable=True, unit="currency")
    expected_value = column("double", "expected_orders at order_value, not discounted", nullable=True, unit="currency")
    low = column("double", "orders_low at order_value", nullable=True, unit="currency")
    high = column("double", "orders_high at order_value", nullable=True, unit="currency")
    model_version = column("string", "version of the model, in ml.value_models")
    boost_factor = column("double", "by how much trees multiplied expected_orders; null if they are not in use, and in rows older than the column", nullable=True)


class OrderHistories(Shape):
    """All that counts of a customer's orders up to a day; passes from features to models."""

    customer_id = column("string", "customer")
    as_of_date = column("date", "last day that is known")
    repeat_orders = column("bigint", "days with an order after the first such day")
    last_order_days = column("bigint", "days from the first to the last day with an order")
    age_days = column("bigint", "days from the first day with an order to as_of_date")
    valued_orders = column("bigint", "repeat orders with a value above zero")
    valued_cents = column("bigint", "value of these")
    late_orders = column("bigint", "days with an order among the last days, which a model of an earlier date does not know")
    late_cents = column("bigint", "value of these")
    first_currency = column("string", "smallest currency code of the amounts; empty if one names none, null without amounts")
    last_currency = column("string", "largest currency code of the amounts")
