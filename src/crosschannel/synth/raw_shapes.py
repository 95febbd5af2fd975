"""The eight sources by name: how a record becomes a line, and how a file opens."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from pyspark.sql import DataFrame

from crosschannel.synth.digital_lines import ADS_HEADER, SMS_HEADER, ads_lines, app_lines, email_lines, sms_lines, web_lines
from crosschannel.synth.parameters import World
from crosschannel.synth.trade_lines import CRM_HEADER, call_lines, crm_lines, store_lines


@dataclass(frozen=True)
class RawShape:
    """How one source writes its files."""

    with_line: Callable[[DataFrame, World], DataFrame]
    header: str | None = None
    gzip: bool = False


RAW_SHAPES = {
    "web": RawShape(web_lines, gzip=True),
    "app": RawShape(app_lines),
    "email": RawShape(email_lines),
    "sms": RawShape(sms_lines, SMS_HEADER),
    "ads": RawShape(ads_lines, ADS_HEADER),
    "store": RawShape(store_lines),
    "call": RawShape(call_lines),
    "crm": RawShape(crm_lines, CRM_HEADER),
}
