"""What the MLflow UI shows as a run's description: the cards of its models, within the store's limit."""

from __future__ import annotations

from collections.abc import Sequence

MAX_NOTE = 8000  # characters of a tag; MLflow cuts what is longer wherever that falls
REST = "\n\nThe rest of this card is among the run's artifacts."


def to_note(cards: Sequence[str]) -> str:
    """Return all cards, each shortened to an equal share where together they are too long."""
    share = MAX_NOTE // max(len(cards), 1) - len("\n\n")
    whole = "\n\n".join(cards)
    return whole if len(whole) <= MAX_NOTE else "\n\n".join(shortened(card, share) for card in cards)


def shortened(card: str, size: int) -> str:
    """Return a card cut between two paragraphs, and say so; as it is if it fits."""
    return card if len(card) <= size else card[: size - len(REST)].rpartition("\n\n")[0] + REST
