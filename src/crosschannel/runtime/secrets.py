"""Secrets: named in settings, read from the environment or a file it names, never written anywhere."""

from __future__ import annotations

import os
from pathlib import Path

from crosschannel.errors import UsageError
from crosschannel.settings.identity import Pseudonyms

MIN_KEY_BYTES = 16
FILE_SUFFIX = "_FILE"  # of the variable that names a file


def pseudonym_key(pseudonyms: Pseudonyms) -> bytes:
    """Return the key of the pseudonyms; see :func:`pseudonym_keys`."""
    return pseudonym_keys(pseudonyms)[0]


def pseudonym_keys(pseudonyms: Pseudonyms) -> tuple[bytes, ...]:
    """Return the key of the pseudonyms, and behind it former ones, by which people who were erased are known again.

    A key stands in the variable that ``key_env`` names, or in a file, one key a line and the present one
    first, that the variable of the same name with ``_FILE`` names.

    Raises
    ------
    UsageError
        No key is set, or both ways are used, or a key is too short to protect anything.
    """
    name = pseudonyms.key_env
    file = os.environ.get(name + FILE_SUFFIX)
    if file and os.environ.get(name):
        raise UsageError(f"both {name} and {name}{FILE_SUFFIX} are set; unset one of them")
    secrets = _lines_of(file, name) if file else [os.environ.get(name) or pseudonyms.public_key or ""]
    how = f"set it to a secret of your own, for example: export {name}=$(openssl rand -hex 32)"
    if not secrets or not secrets[0]:
        raise UsageError(f"the environment variable {name}{FILE_SUFFIX if file else ''} holds no key for pseudonyms; {how}")
    if any(len(secret.encode()) < MIN_KEY_BYTES for secret in secrets):
        raise UsageError(f"a key in {name}{FILE_SUFFIX if file else ''} is shorter than {MIN_KEY_BYTES} bytes; {how}")
    return tuple(secret.encode() for secret in secrets)


def _lines_of(file: str, name: str) -> list[str]:
    try:
        text = Path(file).read_text(encoding="utf-8")
    except OSError as error:
        raise UsageError(f"the key file that {name}{FILE_SUFFIX} names cannot be read: {error.strerror}") from None
    return [line.strip() for line in text.splitlines() if line.strip()]
