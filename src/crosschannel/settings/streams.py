"""How a source is delivered, where files of new records are not all: ``stream`` and ``snapshot``."""

from __future__ import annotations

from pydantic import Field

from crosschannel.settings.strict import Settings

MESSAGE_FORMATS = ("json_lines", "pattern")  # a message has no header, and no columns of its own


class KafkaTopic(Settings):
    """A Kafka topic whose messages are a source's records, one record a message.

    ``servers_env`` names the environment variable that holds the brokers, such as
    ``broker1:9092,broker2:9092``; the option ``--kafka`` of ``crosschannel ingest`` goes before it.
    ``max_messages`` bounds one batch.
    """

    topic: str = Field(pattern=r"^[A-Za-z0-9._-]{1,249}$")
    servers_env: str = Field(default="CROSSCHANNEL_KAFKA", pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")
    max_messages: int = Field(default=200_000, ge=1)


class Stream(Settings):
    """Where a source's records come from while ``crosschannel ingest --follow`` runs, besides its files."""

    kafka: KafkaTopic


class Snapshot(Settings):
    """A source that delivers all profiles again and again: an event is made of a profile only where it changed.

    ``key`` names the fields that name a profile. Of two deliveries of one profile all fields are
    compared, but for the time and those in ``ignore``.
    """

    key: tuple[str, ...] = Field(min_length=1)
    ignore: tuple[str, ...] = ()
