"""Tables that are only HTML, as CSV."""

import csv
import io

import pandas as pd

from portfolio_study.publishing.html_tables import TABLE, read_table


def rows(shown):
    return list(csv.reader(io.StringIO(read_table(shown)[1])))


def test_a_frame_is_read_with_both_lines_of_its_head_and_every_row_of_its_index():
    index = pd.MultiIndex.from_tuples([("a", 1), ("a", 2), ("b", 1)], names=["letter", "number"])
    frame = pd.DataFrame({"x": [1, 2, 3], "y, z": ["<p>", "q", "r"]}, index)
    assert rows(frame.to_html()) == [
        ["letter", "number", "x", "y, z"],
        ["a", "1", "1", "<p>"],
        ["a", "2", "2", "q"],
        ["b", "1", "3", "r"],
    ]


def test_addresses_of_rows_and_marks_are_no_words():
    shown = (
        '<table class="study"><caption>Two <b>errors</b></caption><tr><th>Id</th></tr>'
        '<tr><th>F1<a class="permalink" href="#F1">¶</a></th><td>one<br><small>test: <code>t</code></small></td></tr></table>'
    )
    assert read_table(shown)[0] == "Two errors"
    assert rows(shown) == [["Id"], ["F1", "one test: t"]]


def test_each_table_of_a_page_is_found():
    shown = "<div><table><tr><td>1</td></tr></table>\n</div><p>x</p><table class='study'><tr><td>2</td></tr></table>"
    assert [rows(found[0]) for found in TABLE.finditer(shown)] == [[["1"]], [["2"]]]
