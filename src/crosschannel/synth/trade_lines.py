"""Raw shapes of stores, the service centre and the CRM; each function adds LINE to delivered activity."""

from __future__ import annotations

from pyspark.sql import Column, DataFrame, functions as F

from crosschannel.synth import values
from crosschannel.synth.deliveries import CHANCE, CLOCK, LINE, with_broken_csv, with_broken_json
from crosschannel.synth.details import CURRENCY, csv_line, event_name, json_line, native_id_expr, order_lines, order_total, region_expr
from crosschannel.synth.digital_lines import london_text
from crosschannel.synth.meetings import CALL_EVENTS, CHAT_BIT, EMAIL_CONSENT_BIT, POINTS_CHECK, SMS_CONSENT_BIT, STORE_EVENTS, TOPICS
from crosschannel.synth.parameters import START, World
from crosschannel.synth.shapes import Activity
from crosschannel.synth.slots import CRM, SLOTS
from crosschannel.synth.values import hashed, named

CRM_DELIMITER = ","
CRM_HEADER = "crm_id,email,phone,loyalty_id,first_name,last_name,birth_date,birth_year,postcode,region,gender,signup_date,consent_email,consent_sms,exported_at"
EMAIL, PHONE, LOYALTY, LINES = "EMAIL", "PHONE", "LOYALTY", "LINES"  # working columns
_STORES = 12
_HOUSE = 8  # people share a postcode with their neighbours


def store_lines(activity: DataFrame, world: World) -> DataFrame:
    """Receipts of tills, London time with offset."""
    has_lines = F.col(Activity.kind) != POINTS_CHECK
    prepared = activity.withColumns(
        {
            EMAIL: values.email_expr(world, F.col(Activity.id_c)),
            LOYALTY: values.loyalty_expr(F.col(Activity.id_b)),
            LINES: F.when(has_lines, order_lines(world)),
        }
    )
    line = json_line(
        receipt_id=native_id_expr(world),
        type=event_name(STORE_EVENTS),
        at=_london_iso(F.col(CLOCK)),
        store=F.concat(F.lit("S"), F.lpad(F.pmod(hashed(world, "store", F.col(Activity.person)), F.lit(_STORES)).cast("string"), 2, "0")),
        card_token=values.card_expr(world, F.col(Activity.id_a)),
        loyalty_id=values.as_typed_loyalty(F.col(LOYALTY), F.col(CHANCE)),
        email=values.as_typed_email(F.col(EMAIL), F.col(CHANCE)),
        lines=F.col(LINES),
        total=F.when(has_lines, order_total(F.col(LINES))),
        currency=F.when(has_lines, F.lit(CURRENCY)),
    )
    return prepared.withColumn(LINE, line).transform(with_broken_json, world)


def call_lines(activity: DataFrame, world: World) -> DataFrame:
    """Tickets of the service centre: calls and chats."""
    flags = F.col(Activity.flags)
    prepared = activity.withColumns({EMAIL: values.email_expr(world, F.col(Activity.id_b)), PHONE: values.phone_expr(world, F.col(Activity.id_a))})
    rating = F.shiftright(flags, 1)
    line = json_line(
        ticket_id=native_id_expr(world),
        type=event_name(CALL_EVENTS),
        medium=F.when(flags.bitwiseAND(F.lit(CHAT_BIT)) > 0, F.lit("chat")).otherwise(F.lit("phone")),
        opened_at=london_text(F.col(CLOCK), "dd/MM/yyyy HH:mm:ss"),
        phone=values.as_typed_phone(F.col(PHONE), F.col(CHANCE)),
        email=values.as_typed_email(F.col(EMAIL), F.col(CHANCE)),
        topic=named(TOPICS, F.col(Activity.content)),
        csat=F.when(rating > 0, rating),
    )
    return prepared.withColumn(LINE, line).transform(with_broken_json, world)


def crm_lines(activity: DataFrame, world: World) -> DataFrame:
    """Rows of the weekly full export."""
    person, flags = F.col(Activity.person), F.col(Activity.flags)
    birth = F.date_sub(F.lit(START), (F.pmod(hashed(world, "birth", person), F.lit(60 * 365)) + 18 * 365).cast("int"))
    household = F.floor(person / _HOUSE).cast("bigint")
    prepared = activity.withColumns({EMAIL: values.email_expr(world, F.col(Activity.id_a)), PHONE: values.phone_expr(world, F.col(Activity.id_b))})
    line = csv_line(
        CRM_DELIMITER,
        values.crm_expr(person * SLOTS + CRM),
        values.as_typed_email(F.col(EMAIL), person),
        values.as_typed_phone(F.col(PHONE), person),
        values.loyalty_expr(F.col(Activity.id_c)),
        F.initcap(values.first_name_expr(world, person)),
        F.initcap(values.last_name_expr(world, person)),
        birth,
        F.year(birth),
        F.concat(F.lit("ZZ"), F.lpad(F.pmod(hashed(world, "post", household), F.lit(100)).cast("string"), 2, "0"), F.lit(" 9ZZ")),
        region_expr(world, household),
        values.chosen(("female", "male", "other", ""), hashed(world, "gender", person)),
        F.date_sub(F.lit(START), F.pmod(hashed(world, "signup", person), F.lit(900)).cast("int")),
        flags.bitwiseAND(F.lit(EMAIL_CONSENT_BIT)) > 0,
        flags.bitwiseAND(F.lit(SMS_CONSENT_BIT)) > 0,
        F.date_format(F.timestamp_millis(F.col(CLOCK)), "yyyy-MM-dd HH:mm:ss"),
    )
    return prepared.withColumn(LINE, line).transform(with_broken_csv, world, delimiter=CRM_DELIMITER)


def _london_iso(moment: Column) -> Column:
    """Write a moment in London time with its offset."""
    utc = F.timestamp_millis(moment)
    local = F.from_utc_timestamp(utc, "Europe/London")
    offset = F.when(local == utc, F.lit("+00:00")).otherwise(F.lit("+01:00"))
    return F.concat(F.date_format(local, "yyyy-MM-dd'T'HH:mm:ss"), offset)
