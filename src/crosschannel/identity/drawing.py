"""Draw a chain of evidence as SVG: identifiers from top to bottom, links between them, refused ones dashed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

WIDTH, BOX_WIDTH, BOX_HEIGHT, STEP, MARGIN = 760, 300, 40, 104, 20
STYLE = (
    "text{font:13px system-ui,sans-serif;fill:#222}.quiet{fill:#666;font-size:12px}"
    ".box{fill:#f4f6fb;stroke:#4a5f9e}.link{stroke:#4a5f9e;stroke-width:2}.refused{stroke:#b3261e;stroke-width:2;stroke-dasharray:5 4}"
)


@dataclass(frozen=True)
class Drawn:
    """A link of the chain: how it is called, what stands behind it, and whether it was refused."""

    label: str
    detail: str
    is_refused: bool


def to_svg(nodes: Sequence[str], links: Sequence[Drawn], title: str) -> str:
    """Return an SVG picture.

    Parameters
    ----------
    nodes
        What to write on each identifier, from one end to the other.
    links
        One between each two neighbours.
    """
    height = 2 * MARGIN + BOX_HEIGHT + STEP * (len(nodes) - 1)
    parts = [_link(place, link) for place, link in enumerate(links)] + [_box(place, text) for place, text in enumerate(nodes)]
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" role="img" aria-label="{escape(title)}">'
    return f"{head}<title>{escape(title)}</title><style>{STYLE}</style>{''.join(parts)}</svg>\n"


def _box(place: int, text: str) -> str:
    top = MARGIN + STEP * place
    box = f'<rect class="box" x="{MARGIN}" y="{top}" width="{BOX_WIDTH}" height="{BOX_HEIGHT}" rx="8"/>'
    return f'{box}<text x="{MARGIN + 14}" y="{top + 25}">{escape(text)}</text>'


def _link(place: int, link: Drawn) -> str:
    top, middle = MARGIN + STEP * place + BOX_HEIGHT, MARGIN + BOX_WIDTH // 2
    bottom, kind = top + STEP - BOX_HEIGHT, "refused" if link.is_refused else "link"
    line = f'<line class="{kind}" x1="{middle}" y1="{top}" x2="{middle}" y2="{bottom}"/>'
    words = f'<text x="{middle + 14}" y="{top + 27}">{escape(link.label)}</text>'
    return f'{line}{words}<text class="quiet" x="{middle + 14}" y="{top + 45}">{escape(link.detail)}</text>'
