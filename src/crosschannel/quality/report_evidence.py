"""Draw a chain of evidence as SVG: identifiers from top to bottom, links between them, refused ones dashed.

One narrow column, so that a phone shows it at its own size and paper at a third of the page. The same
picture stands in the report and, as a file of its own, behind ``crosschannel explain A B --svg``.
"""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from crosschannel.quality.report_html import Html, element, figure, joined
from crosschannel.quality.report_style import EVIDENCE_STYLE

WIDTH, MARGIN, BOX_HEIGHT, GAP = 340, 8, 34, 66
TRUNK = 34  # where the line between two boxes stands
LINE = 17
LETTERS = 44  # of the small print that fit beside the line, or below the chain
MAX_LINES = 2


@dataclass(frozen=True)
class Drawn:
    """A link of the chain: how it is called, what stands behind it, and whether it was refused."""

    label: str
    detail: str
    is_refused: bool


@dataclass(frozen=True)
class Example:
    """A chain worth looking at: what is written on each identifier, the links between them, and a line about it."""

    title: str
    caption: str
    nodes: tuple[str, ...]
    links: tuple[Drawn, ...]


def picture(nodes: Sequence[str], links: Sequence[Drawn], title: str, notes: Sequence[str] = (), **attributes: str) -> Html:
    """Return a chain as an SVG element.

    Parameters
    ----------
    nodes
        What to write on each identifier, from one end to the other.
    links
        One between each two neighbours.
    notes
        Lines below the chain.
    """
    small = [line for note in notes for line in textwrap.wrap(note, LETTERS + 6)]
    foot = MARGIN * 2 + BOX_HEIGHT * len(nodes) + GAP * (len(nodes) - 1)
    drawn = [*(_link(place, link) for place, link in enumerate(links)), *(_box(place, text) for place, text in enumerate(nodes))]
    drawn += [_words(MARGIN, foot + LINE * (n + 1) - 6, line, "small") for n, line in enumerate(small)]
    height = foot + (LINE * len(small) + MARGIN if small else 0)
    said = f"{title}: " + "; ".join([nodes[0], *(f"{_spoken(link)} {node}" for link, node in zip(links, nodes[1:], strict=True))])
    return element(
        "svg", joined([element("title", title), *drawn]), class_="evidence", viewBox=f"0 0 {WIDTH} {height}", role="img", aria_label=said, **attributes
    )


def to_svg(nodes: Sequence[str], links: Sequence[Drawn], title: str, notes: Sequence[str] = ()) -> str:
    """Return the chain as a file of its own."""
    whole = picture(nodes, links, title, notes, xmlns="http://www.w3.org/2000/svg", width=str(WIDTH), font_family="system-ui,sans-serif")
    return whole.replace("<title>", f"<style>{EVIDENCE_STYLE}</style><title>", 1) + "\n"


def figures(examples: Sequence[Example]) -> Html:
    """Return the examples of a report side by side where there is room."""
    shown = (element("div", joined([element("h4", e.title), figure(picture(e.nodes, e.links, e.title), e.caption)])) for e in examples)
    return element("div", joined(shown), class_="pair")


def _top(place: int) -> int:
    return MARGIN + (BOX_HEIGHT + GAP) * place


def _box(place: int, words: str) -> Html:
    box = f'<rect class="box" x="{MARGIN}" y="{_top(place)}" width="{WIDTH - 2 * MARGIN}" height="{BOX_HEIGHT}" rx="7"/>'
    return Html(box + _words(MARGIN + 12, _top(place) + 22, words, "name"))


def _link(place: int, link: Drawn) -> Html:
    top = _top(place) + BOX_HEIGHT
    kind = "refused" if link.is_refused else "link"
    line = f'<line class="{kind}" x1="{TRUNK}" y1="{top}" x2="{TRUNK}" y2="{top + GAP}"/>'
    if link.is_refused:  # seen without colour too
        middle = top + GAP // 2
        line += "".join(f'<line class="refused cross" x1="{TRUNK - 6}" y1="{middle - s}" x2="{TRUNK + 6}" y2="{middle + s}"/>' for s in (6, -6))
    small = textwrap.wrap(link.detail, LETTERS, max_lines=MAX_LINES, placeholder=" ...")
    label = textwrap.shorten(link.label, LETTERS, placeholder="...")
    lines = [(label, ""), *((words, "small") for words in small)]
    first = top + GAP // 2 + 5 - LINE * (len(lines) - 1) // 2
    return Html(line + "".join(_words(TRUNK + 16, first + LINE * n, words, kind) for n, (words, kind) in enumerate(lines)))


def _words(x: int, y: int, words: str, kind: str) -> Html:
    return Html(f'<text class="{kind}" x="{x}" y="{y}">{escape(words)}</text>')


def _spoken(link: Drawn) -> str:
    return f"{'not joined' if link.is_refused else 'joined'} by {link.label} with"
