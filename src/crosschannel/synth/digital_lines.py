"""Raw shapes of web, app, e-mail, SMS and ads; each function adds LINE to delivered activity."""

from __future__ import annotations

from pyspark.sql import Column, DataFrame, functions as F

from crosschannel.synth import values
from crosschannel.synth.deliveries import CHANCE, CLOCK, LINE, chance_expr, with_broken_csv, with_broken_json
from crosschannel.synth.details import (
    CATEGORIES,
    CURRENCY,
    campaign_expr,
    category_number,
    csv_line,
    event_name,
    json_line,
    native_id_expr,
    order_lines,
    order_total,
    product_expr,
    record,
)
from crosschannel.synth.messages import ADS_EVENTS, EMAIL_EVENTS, SMS_EVENTS, SPEND, TEMPLATES
from crosschannel.synth.parameters import World
from crosschannel.synth.shapes import Activity
from crosschannel.synth.values import hashed, hex_expr, named
from crosschannel.synth.visits import APP_EVENTS, CONTENTS, GPC_BIT, ORDER, UTM_ADS, UTM_MAIL, UTM_SOCIAL, WEB_EVENTS

SMS_DELIMITER, ADS_DELIMITER = ";", ","
SMS_HEADER = "callback_id;phone;status;campaign_id;occurred_at"
ADS_HEADER = "record_id,record_type,cookie_id,campaign_id,creative,cost,currency,occurred_at"
EMAIL, PHONE, CATEGORY, PRODUCT, LINES = "EMAIL", "PHONE", "CATEGORY", "PRODUCT", "LINES"  # working columns
_ISO = "yyyy-MM-dd'T'HH:mm:ss.SSS'Z'"


def web_lines(activity: DataFrame, world: World) -> DataFrame:
    """Page events as a tag manager sends them."""
    prepared, utm = activity.transform(_with_visit, world), F.col(Activity.flags).bitwiseAND(F.lit(3))
    line = json_line(
        event_id=native_id_expr(world),
        event=event_name(WEB_EVENTS),
        ts=F.date_format(F.timestamp_millis(F.col(CLOCK)), _ISO),
        cookie_id=values.cookie_expr(world, F.col(Activity.id_a)),
        session_id=_session(world),
        user_email=values.as_typed_email(F.col(EMAIL), F.col(CHANCE)),
        page=record(type=named(CONTENTS, F.col(Activity.content)), category=F.col(CATEGORY), product_id=F.col(PRODUCT)),
        utm_source=F.when(utm == UTM_MAIL, F.lit("newsletter")).when(utm == UTM_ADS, F.lit("ads")).when(utm == UTM_SOCIAL, F.lit("social")),
        utm_medium=F.when(utm == UTM_MAIL, F.lit("email")).when(utm == UTM_ADS, F.lit("cpc")).when(utm == UTM_SOCIAL, F.lit("referral")),
        utm_campaign=F.when(utm == UTM_ADS, F.lit("ads-01")),
        gpc=F.col(Activity.flags).bitwiseAND(F.lit(GPC_BIT)) > 0,
        order=_order(world),
    )
    return prepared.withColumn(LINE, line).transform(with_broken_json, world)


def app_lines(activity: DataFrame, world: World) -> DataFrame:
    """App events as an analytics kit sends them, nested."""
    prepared, handset = activity.transform(_with_visit, world), hashed(world, "handset", F.col(Activity.id_a))
    line = json_line(
        event=record(id=native_id_expr(world), name=event_name(APP_EVENTS), ts=F.col(CLOCK)),
        device=record(id=values.device_expr(world, F.col(Activity.id_a)), os=values.chosen(("ios", "android"), handset)),
        user=record(email=values.as_typed_email(F.col(EMAIL), F.col(CHANCE))),
        session=_session(world),
        screen=record(name=named(CONTENTS, F.col(Activity.content)), category=F.col(CATEGORY), product=F.col(PRODUCT)),
        purchase=_order(world),
    )
    return prepared.withColumn(LINE, line).transform(with_broken_json, world)


def email_lines(activity: DataFrame, world: World) -> DataFrame:
    """Callbacks of an e-mail provider."""
    prepared, template = activity, named(TEMPLATES, F.col(Activity.content))
    line = json_line(
        event_id=native_id_expr(world),
        event=event_name(EMAIL_EVENTS),
        timestamp=F.floor(F.col(CLOCK) / 1_000),
        email=values.email_expr(world, F.col(Activity.id_a)),
        campaign=record(id=campaign_expr(template), type=template),
        template=F.concat(template, F.lit("-2026")),
    )
    return prepared.withColumn(LINE, line).transform(with_broken_json, world)


def sms_lines(activity: DataFrame, world: World) -> DataFrame:
    """Callbacks of an SMS gateway, in London time."""
    prepared = activity.withColumn(PHONE, values.phone_expr(world, F.col(Activity.id_a)))
    line = csv_line(
        SMS_DELIMITER,
        native_id_expr(world),
        values.as_typed_phone(F.col(PHONE), F.col(Activity.person)),
        event_name(SMS_EVENTS),
        campaign_expr(F.lit("sms")),
        london_text(F.col(CLOCK), "yyyy-MM-dd HH:mm:ss"),
    )
    return prepared.withColumn(LINE, line).transform(with_broken_csv, world, delimiter=SMS_DELIMITER)


def ads_lines(activity: DataFrame, world: World) -> DataFrame:
    """Impressions, clicks and daily spend of an ad platform."""
    prepared, is_spend, chance = activity, F.col(Activity.kind) == SPEND, F.col(CHANCE)
    cents = (2_000 + F.pmod(chance, F.lit(6_000))).cast("decimal(12,0)") / F.lit(100).cast("decimal(3,0)")
    line = csv_line(
        ADS_DELIMITER,
        native_id_expr(world),
        event_name(ADS_EVENTS),
        values.cookie_expr(world, F.col(Activity.id_a)),
        F.concat(F.lit("ads-"), F.col(Activity.campaign) + 1),
        F.when(~is_spend, values.chosen(("banner", "video", "search"), chance)),
        F.when(is_spend, cents.cast("decimal(12,2)")),
        F.when(is_spend, F.lit(CURRENCY)),
        F.date_format(F.timestamp_millis(F.col(CLOCK)), _ISO),
    )
    return prepared.withColumn(LINE, line).transform(with_broken_csv, world, delimiter=ADS_DELIMITER)


def london_text(moment: Column, pattern: str) -> Column:
    """Write a moment as a clock on a London wall shows it."""
    return F.date_format(F.from_utc_timestamp(F.timestamp_millis(moment), "Europe/London"), pattern)


def _session(world: World) -> Column:
    return hex_expr(hashed(world, "session", F.col(Activity.person), F.col(Activity.session)))


def _with_visit(activity: DataFrame, world: World) -> DataFrame:
    """Add what a page or screen shows: address, category, product and, of an order, the lines."""
    chance, content = chance_expr(world, "page"), named(CONTENTS, F.col(Activity.content))
    category = category_number(world, F.col(Activity.person), chance)
    has_category = content.isin("category", "product", "pricing", "deals")
    return activity.withColumns(
        {
            EMAIL: values.email_expr(world, F.col(Activity.id_b)),
            CATEGORY: F.when(has_category, named(CATEGORIES, category)),
            PRODUCT: F.when(content == "product", product_expr(category, chance)),
            LINES: F.when(F.col(Activity.kind) == ORDER, order_lines(world)),
        }
    )


def _order(world: World) -> Column:
    number = F.concat(F.lit("o-"), hex_expr(chance_expr(world, "order")))
    order = record(id=number, total=order_total(F.col(LINES)), currency=F.lit(CURRENCY), items=F.col(LINES))
    return F.when(F.col(LINES).isNotNull(), order)
