"""Where the topics of a project are read: brokers from the command line or the environment, secrets from a file of their own."""

from __future__ import annotations

import os
from pathlib import Path

from crosschannel.errors import UsageError
from crosschannel.io.topics import Topic
from crosschannel.settings.sources import SourcesSettings

PROPERTIES = "CROSSCHANNEL_KAFKA_PROPERTIES"  # names a file of Kafka client properties: protocol, certificates, passwords


def topics_of(settings: SourcesSettings, servers: str | None) -> dict[str, Topic]:
    """Return the topics of a project by source.

    Raises
    ------
    UsageError
        Nobody says where the brokers are, or the file of properties cannot be read.
    """
    properties = client_properties(os.environ.get(PROPERTIES))
    topics = {}
    for source in settings.sources:
        if source.stream is None:
            continue
        kafka = source.stream.kafka
        brokers = servers or os.environ.get(kafka.servers_env)
        if not brokers:
            raise UsageError(
                f"source {source.source} follows the topic {kafka.topic}, but nobody says where its brokers are: give --kafka HOST:PORT, or set {kafka.servers_env}"
            )
        topics[source.source] = Topic(kafka.topic, brokers, kafka.max_messages, properties)
    return topics


def client_properties(file: str | None) -> dict[str, str]:
    """Return the name=value lines of a file of Kafka client properties; none for no file."""
    if not file:
        return {}
    if not Path(file).is_file():
        raise UsageError(f"{PROPERTIES} names {file}, which is no file")
    lines = (line.strip() for line in Path(file).read_text(encoding="utf-8").splitlines())
    pairs = [line.partition("=") for line in lines if line and not line.startswith("#")]
    if any(not mark for _, mark, _ in pairs):
        raise UsageError(f"{file}: a line is no name=value; it is not shown, since it may hold a secret")
    return {name.strip(): value.strip() for name, _, value in pairs}
