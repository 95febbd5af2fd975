"""The key of the pseudonyms, held against the one that silver was made with: two keys in one lake would split everybody."""

from __future__ import annotations

from pyspark.sql import DataFrame, functions as F

from crosschannel.contracts.silver import Identifiers
from crosschannel.errors import UsageError
from crosschannel.exprs.hashing import key_id
from crosschannel.runtime.secrets import pseudonym_key
from crosschannel.settings.identity import Pseudonyms


def own_key(identifiers: DataFrame, pseudonyms: Pseudonyms) -> tuple[bytes, str]:
    """Return the key and its name.

    Raises
    ------
    UsageError
        There are identifiers under another key. Nothing is written then.
    """
    key = pseudonym_key(pseudonyms)
    name = key_id(key)
    foreign = identifiers.where(F.col(Identifiers.key_id) != name).select(Identifiers.key_id).limit(1).collect()  # by the statistics, no file is opened
    if foreign:
        raise UsageError(
            f"silver was made with the key {foreign[0][0]}, and {pseudonyms.key_env} holds {name}: set it to the former one, or, to rotate the key, "
            "move the folder silver of the lake away and run from conform_events; see docs/privacy.md"
        )
    return key, name
