"""Secrets: named in settings, read from the environment, never written anywhere."""

from __future__ import annotations

import os

from crosschannel.errors import UsageError
from crosschannel.settings.identity import Pseudonyms

MIN_KEY_BYTES = 16


def pseudonym_key(pseudonyms: Pseudonyms) -> bytes:
    """Return the key of the pseudonyms.

    Raises
    ------
    UsageError
        No key is set, or it is too short to protect anything.
    """
    secret = os.environ.get(pseudonyms.key_env) or pseudonyms.public_key
    how = f"set it to a secret of your own, for example: export {pseudonyms.key_env}=$(openssl rand -hex 32)"
    if not secret:
        raise UsageError(f"the environment variable {pseudonyms.key_env} holds no key for pseudonyms; {how}")
    if len(secret.encode()) < MIN_KEY_BYTES:
        raise UsageError(f"the key in {pseudonyms.key_env} is shorter than {MIN_KEY_BYTES} bytes; {how}")
    return secret.encode()
