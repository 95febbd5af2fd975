"""One spelling per value: what differs only in how it was typed shall not differ.

Texts lose case, accents and punctuation (Unicode NFKD of the standard library), phone numbers
become E.164, dates ``yyyyMMdd``. Whatever is no date or number is kept as its digits, so that a
typing slip still looks like one. Each distinct value of a batch is cleaned once.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from functools import partial

import pandas as pd
from pyspark.sql import Column, functions as F
from pyspark.sql.pandas.functions import pandas_udf

from crosschannel.identity.normalise import one_phone
from crosschannel.settings.records import Attribute

DATE = "yyyyMMdd"  # eight digits, so that a slip is one edit and a prefix of four is the year
ELEMENT_MARK = "\x1f"  # stands between the elements of a list
LIST_MARKS = re.compile(r"[;,|\x1f]")
APOSTROPHES = re.compile("['’`´]")
NO_WORD = re.compile(r"[\W_]+")
NATIVE = ("date", "number", "digits", "exact")


def cleaned_expr(value: Column, attribute: Attribute) -> Column:
    """Return the value in its one spelling; null where it says nothing."""
    cleaner, text = attribute.resolved.cleaner, F.trim(value)
    if cleaner not in NATIVE:
        text = _on_distinct(partial(cleaned, attribute=attribute))(value)
    elif cleaner == "date":
        moments = [F.try_to_timestamp(text, F.lit(pattern)) for pattern in attribute.formats]
        text = F.coalesce(*[F.date_format(moment, DATE) for moment in moments], _digits(text))
    elif cleaner == "number":
        text = F.coalesce(text.try_cast("decimal(38,9)").cast("string"), _digits(text))
    elif cleaner == "digits":
        text = _digits(text)
    return F.when((text != "") & ~text.isin(*attribute.nobody), text) if attribute.nobody else F.when(text != "", text)


def cleaned(value: str, attribute: Attribute) -> str:
    """Return a text in its one spelling; empty where nothing is left of it."""
    cleaner = attribute.resolved.cleaner
    if cleaner == "phone":
        return one_phone(value.strip(), attribute.region or "")
    if cleaner == "email":
        return "".join(unicodedata.normalize("NFKC", value).casefold().split())
    if cleaner == "list":
        return ELEMENT_MARK.join(sorted({words for part in LIST_MARKS.split(value) if (words := _words(part))}))
    words = _words(value)
    if cleaner == "words":
        return " ".join(sorted(words.split()))
    return words.replace(" ", "") if cleaner == "code" else words


def _words(text: str) -> str:
    plain = "".join(c for c in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(c))
    return NO_WORD.sub(" ", APOSTROPHES.sub("", plain)).strip()


def _digits(text: Column) -> Column:
    return F.regexp_replace(text, "[^0-9]", "")


def _on_distinct(clean: Callable[[str], str]) -> Callable[[Column], Column]:
    # Spark knows neither Unicode decomposition nor numbering plans; each distinct value is cleaned once.
    def clean_batch(values: pd.Series) -> pd.Series:
        known = {v: clean(v) for v in values.dropna().unique()}
        return pd.Series([known.get(v) for v in values], index=values.index, dtype=object)

    udf: Callable[[Column], Column] = pandas_udf(clean_batch, "string")  # type: ignore[call-overload]
    return udf
