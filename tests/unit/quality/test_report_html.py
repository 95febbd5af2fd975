import re

from crosschannel.quality.report_html import Html, bar, columns, count, element, heat, joined, percent, table


def test_text_is_escaped_once_wherever_it_stands():
    assert element("p", "a < b & c") == "<p>a &lt; b &amp; c</p>"
    assert element("p", element("b", "<")) == "<p><b>&lt;</b></p>"
    assert element("a", "x", title='"><script>') == '<a title="&quot;&gt;&lt;script&gt;">x</a>'
    assert joined(["<", Html("<br>")]) == "&lt;<br>"


def test_a_table_aligns_numbers_and_says_when_it_is_empty():
    made = table(("name", "rows"), [("web", 1234), ("<x>", 0.5)])
    assert '<td class="number">1,234</td>' in made
    assert '<td class="number">0.500</td>' in made
    assert "&lt;x&gt;" in made
    assert "Nothing to show" in table(("name",), [])


def test_a_bar_stacks_its_parts_inside_its_width():
    widths = [float(w) for w in re.findall(r'width="([0-9.]+)"', bar([(0.5, "main"), (2.0, "warn"), (-1, "muted")], "half"))]
    assert widths == [50.0, 100.0, 0.0]


def test_pictures_carry_their_words():
    assert 'aria-label="half &lt;"' in bar([(0.5, "main")], "half <")
    assert 'aria-label="by decile"' in columns([1, 2], ("a", "", "b"), "by decile")
    assert columns([0.0, 0.0], (), "nothing").count("<rect") == 2


def test_heat_is_white_at_the_average_and_says_its_sign():
    assert "rgb(255,255,255)" in heat(0.0, "mean")
    assert ">+1.2<" in heat(1.21, "mean")
    assert heat(9.0, "m").replace("+9.0", "") == heat(2.0, "m").replace("+2.0", "")


def test_counts_and_shares_are_written_for_people():
    assert (count(1234567), percent(0.1234), percent(0.5, 0)) == ("1,234,567", "12.3%", "50%")
