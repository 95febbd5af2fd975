"""What names of fields and of native events usually mean. All lists are guesses, and said to be so in a draft."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

EMAIL = re.compile(r"[^@\s,;<>]+@[^@\s,;<>]+\.[A-Za-z]{2,}")
PHONE = re.compile(r"\+?\(?\d[\d\s().-]{5,18}\d")
INTERNATIONAL = re.compile(r"\+\d{8,15}")

# Words of a name, in order of preference; a name is split at capitals and at what is no letter.
TIME_NAMES = (
    "event_time", "event_timestamp", "event_ts", "event_millis", "event_at", "timestamp", "ts", "occurred_at", "datetime", "time", "at", "stat_time",
    "sent_at", "date_sent", "start_time", "started_at", "opened_at", "created_at", "created", "transaction_date", "order_date", "date", "day",
    "stat_time_day", "stat_time_hour", "exported_at", "updated_at",
)  # fmt: skip
TIME_WORDS = {"time", "timestamp", "date", "datetime", "ts", "at", "millis", "ms", "day", "hour", "created", "when", "epoch", "occurred"}
LATE_WORDS = {"synced", "updated", "modified", "loaded", "ingested", "processing", "processed", "received", "expires", "due", "birth", "end"}
KEY_WORDS = ("event_id", "record_id", "message_id", "id", "uuid", "guid", "sid", "key", "number")
# Names that name something a record speaks of, not the record: as a key they would make duplicates of different events.
NO_KEYS = re.compile(r"campaign|product|sku|item|session|page|store|account|parent|group|list|brand|organi[sz]ation|metric|template|flow|queue|category")
# Names of ids that usually name the record itself; any other needs many records to prove it.
RECORDS = re.compile(r"event|record|message|ticket|receipt|order|transaction|call|row|log|fivetran|insert|hit|request|click|delivery|payment|invoice|callback")
VERB_NAMES = (
    "event_name", "event", "event_type", "action", "record_type", "type", "activity", "intent", "method", "verb", "kind", "status", "name",
)  # fmt: skip
PERSON_WORDS = "customer|user|person|subscriber|contact|client|member|account|crm|profile|requester|shopper|guest|distinct|recipient"
NAMESPACES: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("household_id", re.compile(r"household|hh_?(id|key|num)")),
    ("loyalty_id", re.compile(r"loyalty|membership|card_(number|no)$|club_(id|card)")),
    ("card_token", re.compile(r"(card|payment|pan)_(token|hash|fingerprint)")),
    ("cookie_id", re.compile(r"cookie|visitor|anonymous_?id|browser_?id|^_?ga(_|$)|client_id$|fbp$|gclid")),
    ("device_id", re.compile(r"device_?(id|token|uuid)$|^(idfa|idfv|ifa|gaid|adid|ios_ifa|android_id)$|advertising_id")),
    ("customer_id", re.compile(rf"^(\w+_)?({PERSON_WORDS})_?(id|key|number|no|ref)$|^distinct_id$")),
)
SENDERS = re.compile(r"^(from|sender|agent|assignee|author|staff|reply_to|creator|owner|created_by|updated_by)(_|$)|_agent_")
PERSONAL = re.compile(
    r"(^|_)((first|last|full|given|family|sur|caller|display|contact)_?name|surname|name_on_card|address|street|postcode|postal_code|zip|birth\w*|dob|ssn|ip"
    r"|ip_address|body|description|comment|note|transcript|utterance|latitude|longitude|city|user_agent|email\w*|phone\w*|mobile|recipient|subject)(_\w+)?$"
)
COLUMN_NAMES: Mapping[str, Sequence[str]] = {
    "order_id": ("order_id", "order_number", "order_no", "order", "transaction_id", "receipt_id", "invoice_id", "purchase_id", "basket_id"),
    "order_amount": ("order_amount", "order_total", "grand_total", "total_amount", "total", "amount", "revenue", "sales_value", "order_value"),
    "currency_code": ("currency_code", "currency", "order_currency", "price_unit", "local_spend_currency"),
    "cost_amount": ("cost_amount", "cost", "spend", "cost_in_local_currency", "local_spend_amount", "media_cost"),
    "campaign_id": ("campaign_id", "campaign", "campaign_name", "utm_campaign"),
    "product_id": ("product_id", "sku", "item_id", "product", "product_sku"),
    "category": ("category", "product_category", "department"),
    "content_id": ("content_id", "page", "page_type", "url", "current_url", "screen", "screen_name", "template", "template_id", "topic", "queue", "creative"),
}
NO_ORDERS = re.compile(r"budget|(^|_)bid|avg|average|(^|_)per_|(^|_)cp[acmt](_|$)|spend|cost|discount|tax|shipping")
AMOUNT = re.compile(r"(^|_)(amount|price|total|cost|revenue|spend|value|paid|fee|tax|discount)(_|$)")
MILLIONTHS = re.compile(r"micro")
QUANTITY_NAMES = ("quantity", "qty", "count", "units", "n")
LINE_AMOUNT_NAMES = ("line_amount", "amount", "line_total", "total", "value", "price", "sales_value")
CURRENCY = re.compile(r"[A-Z]{3}")
# Words of native names, and the verb they tell of; the first that fits counts.
VERB_WORDS: tuple[tuple[str, str], ...] = (
    ("unsubscribe", r"unsub|opt_?out|stop$"),
    ("complaint", r"spam|complain|abuse|junk"),
    ("bounce", r"bounce|failed|undeliver|reject|drop"),
    ("return", r"refund|return|chargeback"),
    ("add", r"add|wish|basket|cart|favou?rite"),
    ("purchase", r"purchas|order|checkout|sale|sold|bought|buy|paid|payment|conversion|transaction|won"),
    ("spend", r"spend|cost"),
    ("impression", r"impression|shown|served|exposure"),
    ("click", r"click|tap|swipe|link"),
    ("engage", r"open|read|login|log_?in|search|play|watch|subscrib|session|engage|video|scroll|check|post|question_?answered|reorder_?list"),
    ("contact", r"call|ticket|contact|question|chat|request|inquir|enquir|support|inbound|incident|problem|reply|ask"),
    ("send", r"send|sent|deliver|dispatch|receiv|queued|outbound"),
    ("profile", r"profile|sign_?up|regist|update|account|export|snapshot|attribute"),
    ("view", r"view|visit|page|screen|load|launch|get|head|impress|start|open"),
)
CHANNEL_WORDS: tuple[tuple[str, str], ...] = (
    ("email", r"e?mail|newsletter|klaviyo|iterable|sendgrid|mailchimp|esp"),
    ("sms", r"sms|text_?message|twilio_message|segments|mms"),
    ("call", r"call|phone_log|ticket|zendesk|(^|_)chat|support|contact_cent|helpdesk|ivr"),
    ("ads", r"(^|_)ads?(_|$)|campaign_report|impressions|adgroup|ad_group|facebook|tiktok|pinterest|linkedin|snapchat|reddit"),
    ("store", r"store|pos(_|$)|till|receipt|shop_floor|basket|terminal"),
    ("crm", r"crm|contacts?(_|$)|customers?(_|$)|account_export|signup"),
    ("app", r"(^|_)app(_|$)|mobile|device_id|screen_name|mixpanel|ios|android|app_version"),
    ("web", r"web|page|url|referrer|browser|cookie|access_log|utm"),
)


def snake(name: str) -> str:
    """Return a name in lower case with underscores: ``Event Name`` and ``eventName`` become ``event_name``."""
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name)
    return re.sub(r"\W+|_+", "_", spaced).strip("_").lower() or "field"


def rank(name: str, wanted: Sequence[str]) -> int | None:
    """Return how early in a list a name stands, alone or at the end of a longer name; null if it does not."""
    name = snake(name)
    exact = [n for n, w in enumerate(wanted) if name == w]
    ending = [n + len(wanted) for n, w in enumerate(wanted) if name.endswith(f"_{w}")]
    return next(iter(exact + ending), None)


def guess_verb(native: str) -> str | None:
    """Return the verb that a native event name probably tells of."""
    text = snake(native)
    return next((verb for verb, words in VERB_WORDS if re.search(words, text)), None)


def guess_channel(source: str, paths: Sequence[str]) -> str | None:
    """Return the channel that the name of the source, or the names of its fields, speak of."""
    for text in (snake(source), " ".join(map(snake, paths))):
        for channel, words in CHANNEL_WORDS:
            if any(re.search(words, word) for word in text.split()):
                return channel
    return None
