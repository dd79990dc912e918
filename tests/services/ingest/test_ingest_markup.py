"""HTML is laid out as a browser does, and what a few hundred kilobytes of it may become is bounded before it does."""

import tracemalloc

import pytest

from services.ingest.parsers.errors import UnreadableRecord
from services.ingest.parsers.markup import without_tags


def test_lists_tables_and_what_a_style_hides_are_laid_out():
    table = "<table><tr><td>K</td><td>3.9</td></tr><tr><td>Sodium</td><td>140</td></tr></table>"
    assert without_tags(f"<ul><li>a<ol><li>b</li></ol></li></ul>{table}") == "* a\n     1. b\nK       3.9\nSodium  140"
    assert without_tags('<p>a<b style="color: red; Display: none">b</b><i style="white-space: pre">  c</i>') == "a  c"


def test_tables_inside_tables_and_without_rows_are_laid_out():
    inner = "<table><tr><td>a<br>b</td><td>c</td></tr></table>"
    assert without_tags(f"<table><tr><td>{inner}</td><td>d</td></tr><tr></tr></table><table></table>e").split() == [
        *("a", "c", "b", "d", "e"),
    ]


def test_margins_of_a_style_are_none_of_the_text():
    padded = '<div style="padding-left: 99999em; margin-top: 99999em; -webkit-padding-start: 9em">' * 20
    assert without_tags(f"{padded}a<br>b") == "a\nb"


@pytest.mark.parametrize(
    "markup",
    [
        "<ul>" * 120 + "<li>a</li>" * 20_000,
        "<ol>" * 240 + "<p>a" * 20_000,
        "<ul><table><td>" * 60 + "<li>a</li>" * 30_000,
        f"<table><tr><td>{'x' * 8_000}</td></tr>{'<tr><td>a</td></tr>' * 2_500}</table>",
        f"<table><tr><td>{'x<br>' * 8_000}</td>{'<td>a</td>' * 2_500}</tr></table>",
        f"<table><tr>{'<td>' * 4_200}</tr>{'<tr><td>' * 4_200}</table>",
    ],
)
def test_markup_that_would_be_laid_out_as_far_more_is_refused_before_it_is(markup):
    tracemalloc.start()
    try:
        with pytest.raises(UnreadableRecord, match="more than 16777216 characters"):
            without_tags(markup)
        assert tracemalloc.get_traced_memory()[1] < 16 << 20
    finally:
        tracemalloc.stop()


def test_all_tables_of_a_text_together_are_bounded():
    with pytest.raises(UnreadableRecord):
        without_tags(f"<table><tr><td>{'x' * 10_000}</td></tr>{'<tr><td>a' * 600}</table>" * 3)
