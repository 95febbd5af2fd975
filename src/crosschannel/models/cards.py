"""Model cards: one page of plain words and tables from which a reviewer can decide."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from crosschannel.models.gate import Verdict

UNDO = (
    "`crosschannel models rollback MODEL --lake DIR --reason WHY` makes the version under the alias `previous` champion again; "
    "then run `score_customers` and `publish_segments`."
)


def to_card(title: str, verdict: Verdict, sections: Mapping[str, Sequence[str]]) -> str:
    """Return a card in Markdown: verdict first, then the sections, then how to undo."""
    parts = [f"# {title}", f"**Verdict: {verdict.word}.** {verdict.reason}."]
    for heading, paragraphs in {**sections, "How to undo": [UNDO]}.items():
        parts += [f"## {heading}", *paragraphs]
    return "\n\n".join(parts) + "\n"


def to_markdown(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a Markdown table."""
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
