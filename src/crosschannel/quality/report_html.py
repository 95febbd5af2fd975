"""Small builders of HTML: text is escaped here and nowhere else, pictures carry their words.

Bars hold no text and stretch with the page; their numbers stand beside them, so a phone and a
printer show the same figures. Every picture has a label for people who cannot see it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

LIMIT = 2.0  # effects beyond this many standard deviations share the deepest colour
BELOW, ABOVE = (47, 93, 138), (200, 112, 32)  # blue and orange differ for colour-blind readers too
COLUMN_WIDTH, COLUMN_HEIGHT = 320, 120


class Html(str):
    """Text that is HTML already."""

    __slots__ = ()


def text(value: object) -> Html:
    """Escape a value."""
    return value if isinstance(value, Html) else Html(escape(str(value)))


def element(name: str, content: object, **attributes: object) -> Html:
    """Return an element; ``class_`` is written as class."""
    written = "".join(f' {key.rstrip("_").replace("_", "-")}="{escape(str(value))}"' for key, value in attributes.items())
    return Html(f"<{name}{written}>{text(content)}</{name}>")


def joined(parts: Iterable[object]) -> Html:
    """Join escaped parts."""
    return Html("".join(text(part) for part in parts))


def table(head: Sequence[str], rows: Iterable[Sequence[object]], caption: str = "") -> Html:
    """Return a table; numbers and pictures align by their class."""
    lines = [joined(_cell(value) for value in row) for row in rows]
    if not lines:
        return element("p", "Nothing to show.", class_="quiet")
    titles = element("thead", element("tr", joined(element("th", title, scope="col") for title in head)))
    body = element("tbody", joined(element("tr", line) for line in lines))
    inner = joined([element("caption", caption) if caption else "", titles, body])
    return element("div", element("table", inner), class_="scroll")


def bar(parts: Sequence[tuple[float, str]], label: str) -> Html:
    """Return a bar of stacked parts, each a share of the whole width and a colour class."""
    drawn, x = [], 0.0
    for share, colour in parts:
        width = max(0.0, min(share, 1.0)) * 100
        drawn.append(f'<rect class="{escape(colour)}" x="{x:.3f}" y="0" width="{width:.3f}" height="10"/>')
        x += width
    inner = Html("".join(drawn))
    return element("svg", inner, class_="bar", viewBox="0 0 100 10", preserveAspectRatio="none", role="img", aria_label=label)


def columns(values: Sequence[float], ticks: Sequence[str], label: str) -> Html:
    """Return a chart of upright columns with a word under the first, middle and last."""
    top = max(values, default=0.0) or 1.0
    step = COLUMN_WIDTH / max(len(values), 1)
    bars = [
        f'<rect class="main" x="{n * step + step * 0.08:.2f}" y="{100 - 96 * v / top:.2f}" width="{step * 0.84:.2f}" height="{96 * v / top:.2f}"/>'
        for n, v in enumerate(values)
    ]
    anchors = ("start", "middle", "end")
    words = [
        f'<text x="{place * COLUMN_WIDTH:.0f}" y="116" text-anchor="{anchor}">{escape(tick)}</text>'
        for place, anchor, tick in zip((0, 0.5, 1), anchors, ticks, strict=False)
    ]
    axis = f'<line x1="0" x2="{COLUMN_WIDTH}" y1="100.5" y2="100.5"/>'
    return element(
        "svg", Html("".join([*bars, axis, *words])), class_="columns", viewBox=f"0 0 {COLUMN_WIDTH} {COLUMN_HEIGHT}", role="img", aria_label=label
    )


def heat(effect: float, said: str) -> Html:
    """Return a table cell coloured by an effect: blue below the average, orange above it."""
    strength = min(abs(effect), LIMIT) / LIMIT
    red, green, blue = (round(255 + (c - 255) * strength * 0.8) for c in (ABOVE if effect >= 0 else BELOW))
    return Html(f'<td class="heat" style="background:rgb({red},{green},{blue})" title="{escape(said)}">{effect:+.1f}</td>')


def number(written: str) -> Html:
    """Return a table cell for a number that is written already."""
    return element("td", written, class_="number")


def section(title: str, anchor: str, *parts: object) -> Html:
    """Return a titled section."""
    return element("section", joined([element("h2", title), *parts]), id_=anchor)


def figure(picture: Html, caption: str) -> Html:
    """Return a picture with a line about it."""
    return element("figure", joined([picture, element("figcaption", caption)]))


def count(number: float) -> str:
    """Write a count."""
    return f"{number:,.0f}"


def percent(share: float, digits: int = 1) -> str:
    """Write a share."""
    return f"{share:.{digits}%}"


def _cell(value: object) -> Html:
    if isinstance(value, Html) and value.startswith("<td"):
        return value
    if isinstance(value, int | float) and not isinstance(value, bool):
        return element("td", count(value) if isinstance(value, int) else f"{value:,.3f}", class_="number")
    return element("td", value)
