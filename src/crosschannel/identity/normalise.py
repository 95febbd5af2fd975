"""One spelling per identifier, values that name nobody, and keyed pseudonyms.

Every rule exists twice: as a Column for the jobs and as plain Python for looking one value up;
``tests/spark/identity/test_normalise.py`` holds the two together. Changing a rule changes
pseudonyms, and so asks for a rebuild of silver from bronze.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache

import pandas as pd
import phonenumbers
from pyspark.sql import Column, functions as F
from pyspark.sql.pandas.functions import pandas_udf

from crosschannel.exprs.hashing import keyed_hash, node_key
from crosschannel.settings.identity import Namespace

SCREENED_EXACT = "blocklist_exact"
SCREENED_PATTERN = "blocklist_pattern"
MALFORMED = "malformed"
WELL_FORMED = {  # by normaliser; the others take any text
    "email": r"^[^@\s]+@[^@\s]+\.[^@\s.]+$",
    "digits": "^[0-9]+$",
    "phone": r"^\+?[0-9]{7,15}$",
}
E164 = r"^\+[1-9][0-9]{7,14}$"
NATIONAL_ZERO = r"^\+[1-9][0-9]{0,2}0"  # a national 0 may have been kept behind the country code


def normalised_expr(value: Column, namespace: Namespace) -> Column:
    """Return the value in its one spelling; null if it is blank.

    A text that should hold digits and holds none is kept as it is, so that it is screened and
    counted rather than lost.
    """
    text = F.trim(value)
    if namespace.normaliser in ("lower", "email"):
        text = F.lower(text)
    elif namespace.normaliser == "digits":
        digits = F.regexp_replace(text, "[^0-9]", "")
        text = F.when(digits != "", digits).otherwise(text)
    elif namespace.normaliser == "phone":
        text = _phones(namespace.region or "")(text)
    return F.when(text != "", text)


def normalised(value: str, namespace: Namespace) -> str | None:
    """Return the value in its one spelling; equal to :func:`normalised_expr`."""
    text = value.strip(" ")
    if namespace.normaliser in ("lower", "email"):
        text = text.lower()
    elif namespace.normaliser == "digits":
        text = re.sub("[^0-9]", "", text) or text
    elif namespace.normaliser == "phone":
        text = one_phone(text, namespace.region or "")
    return text or None


def screen_reason_expr(value: Column, namespace: Namespace) -> Column:
    """Return why a normalised value may not link anybody; null if it may."""
    shape = WELL_FORMED.get(namespace.normaliser)
    reason = F.when(~value.rlike(shape), F.lit(MALFORMED)) if shape else F.lit(None).cast("string")
    for pattern in reversed(namespace.blocklist.pattern):
        reason = F.when(value.rlike(pattern), F.lit(SCREENED_PATTERN)).otherwise(reason)
    if namespace.blocklist.exact:
        reason = F.when(value.isin(*namespace.blocklist.exact), F.lit(SCREENED_EXACT)).otherwise(reason)
    return reason


def screen_reason(value: str, namespace: Namespace) -> str | None:
    """Return why a normalised value may not link anybody; equal to :func:`screen_reason_expr`."""
    if value in namespace.blocklist.exact:
        return SCREENED_EXACT
    if any(re.search(p, value) for p in namespace.blocklist.pattern):
        return SCREENED_PATTERN
    shape = WELL_FORMED.get(namespace.normaliser)
    return MALFORMED if shape and not re.search(shape, value) else None


def message_of(namespace: str, value: str, version: int) -> str:
    """Return the text whose keyed hash is the pseudonym: ``namespace|version|value``."""
    return f"{namespace}|{version}|{value}"


def message_expr(namespace: Column, value: Column, version: int) -> Column:
    """Return the text whose keyed hash is the pseudonym; equal to :func:`message_of`."""
    return F.concat_ws("|", namespace, F.lit(str(version)), value)


def pseudonym(namespace: str, value: str, *, version: int, key: bytes) -> tuple[str, int]:
    """Return identifier_hash and node_key of one normalised value."""
    hashed = keyed_hash(message_of(namespace, value, version), key)
    return hashed, node_key(hashed)


@lru_cache(maxsize=100_000)
def one_phone(text: str, region: str) -> str:
    """Return a phone number as E.164 where it could be one in ``region``; else its digits, with a leading + kept.

    Only the length is asked for: whether a range is in use changes with the library's tables, and
    pseudonyms must not. A text without digits is returned as it is.
    """
    if re.match(E164, text) and not re.match(NATIONAL_ZERO, text):
        return text
    try:
        parsed = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return _digits(text)
    if not phonenumbers.is_possible_number(parsed):
        return _digits(text)
    return str(phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164))


def _digits(text: str) -> str:
    kept = re.sub("[^0-9]", "", text)
    return (f"+{kept}" if text.startswith("+") and kept else kept) or text


def _phones(region: str) -> Callable[[Column], Column]:
    # No native function knows numbering plans; each distinct value of a batch is parsed once.
    def normalise(values: pd.Series) -> pd.Series:
        known = {v: one_phone(v, region) for v in values.dropna().unique()}
        return pd.Series([known.get(v) for v in values], index=values.index, dtype=object)

    udf: Callable[[Column], Column] = pandas_udf(normalise, "string")  # type: ignore[call-overload]
    return udf
