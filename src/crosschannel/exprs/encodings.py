"""Texts of other encodings than UTF-8, decoded by built-in functions alone.

What cannot be decoded stays as the bytes it is, behind a mark that no UTF-8 has: so it is known as
no text from there on, and its bytes are kept.
"""

from __future__ import annotations

from pyspark.sql import Column, functions as F

from crosschannel.contracts.raw import UTF8, UTF16, UTF16_ORDERS

MARK = b"\xff"  # opens what could not be decoded
NOT_TEXT = "base64:"  # opens the kept copy of a record that is no text
BYTE_BY_BYTE = "ISO-8859-1"  # makes a letter of every byte, so that functions of texts can look at bytes
UNKNOWN = "\ufffd"
LOW = r"[\x00-\xD7\xE0-\xFF]"  # upper byte of a letter of two bytes
PAIR = (r"[\xD8-\xDB]", r"[\xDC-\xDF]")  # upper bytes of a letter of four


def decoded_expr(content: Column, encoding: str) -> Column:
    """Return bytes as a text; those that are none become a text that is no valid UTF-8."""
    if encoding == UTF8:
        return content.cast("string")
    if encoding in UTF16_ORDERS:
        text, is_sound = F.decode(content, encoding), _is_utf16(content, encoding)
    elif encoding == UTF16:  # nobody knows any more in which order its bytes stood
        text, is_sound = F.lit(""), F.lit(False)
    else:
        text, is_sound = _by_table(content, encoding)
    return F.when(is_sound, text).otherwise(F.concat(F.lit(MARK), content).cast("string"))


def kept_expr(line: Column, encoding: str) -> Column:
    """Return a line that can be stored: what is no text is kept as the base64 of its bytes."""
    content = line.cast("binary") if encoding == UTF8 else F.substr(line.cast("binary"), F.lit(len(MARK) + 1))
    return F.when(F.is_valid_utf8(line), line).otherwise(F.concat(F.lit(NOT_TEXT), F.base64(content)))


def restored_expr(kept: Column, encoding: str) -> Column:
    """Return the line whose bytes :func:`kept_expr` kept, read in an encoding that may be another one now."""
    return decoded_expr(F.unbase64(F.substr(kept, F.lit(len(NOT_TEXT) + 1))), encoding)


def _is_utf16(content: Column, encoding: str) -> Column:
    """Tell whether bytes are whole letters of UTF-16; Spark would end the job over half of one."""
    plain, high, low = LOW, *PAIR
    letter, pair = (f".{plain}", f".{high}.{low}") if encoding == "utf-16le" else (f"{plain}.", f"{high}.{low}.")
    # Possessive: a long line is looked at in a loop, not in calls within calls.
    return F.decode(content, BYTE_BY_BYTE).rlike(rf"(?s)\A(?:{letter}|{pair})*+\z")


def _by_table(content: Column, encoding: str) -> tuple[Column, Column]:
    """Return the text of bytes that are a letter each, and whether the encoding knows all of them."""
    plain = F.decode(content, BYTE_BY_BYTE)
    letters = {chr(n): bytes([n]).decode(encoding, "replace") for n in range(0x80, 0x100)}
    other = {byte: letter for byte, letter in letters.items() if letter not in (byte, UNKNOWN)}
    unknown = [byte for byte, letter in letters.items() if letter == UNKNOWN]
    text = F.translate(plain, "".join(other), "".join(other.values())) if other else plain
    return text, ~plain.rlike(f"[{''.join(unknown)}]") if unknown else F.lit(True)
