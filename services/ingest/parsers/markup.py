"""HTML to text as a browser lays it out, in FHIR and HL7 v2: bounded before it is laid out.

Lists in lists are indented, the cells of a table are filled with blanks, and a style may ask for any margin: a few
hundred kilobytes of markup would become gigabytes.
"""

from typing import Any

from inscriptis import get_text
from inscriptis.css_profiles import CSS_PROFILES
from inscriptis.model.attribute import Attribute
from inscriptis.model.config import ParserConfig
from inscriptis.model.css import CssParse
from inscriptis.model.tag import CustomHtmlTagHandlerMapping
from inscriptis.model.tag.list_tag import ol_start_handler, ul_start_handler
from inscriptis.model.tag.table_tag import table_end_handler

from services.ingest.parsers.errors import UnreadableRecord

#: In characters, of the markup times the depth of its lists, and of all its tables.
_LARGEST = 16 << 20
#: What of a style decides which words there are; the rest is blanks.
_STYLES = frozenset({"display", "white-space"})


def without_tags(markup: str) -> str:
    """Lists and tables included. Raises UnreadableRecord."""
    bounds = _Bounds(len(markup))
    # "strict" is without the indentation that inscriptis gives every <div>.
    config = ParserConfig(css=CSS_PROFILES["strict"], custom_html_tag_handler_mapping=bounds.handlers())
    config.attribute_handler.attribute_mapping = {**Attribute().attribute_mapping, "style": _style}
    bounds.hold(len(markup))
    text = str(get_text(markup, config)).strip()
    bounds.hold(len(text))
    return text


class _Bounds:
    """Asked by inscriptis where a list begins, and where a table ends whose cells it knows and has not laid out."""

    def __init__(self, length: int) -> None:
        self._length = length
        self._tables = 0

    def handlers(self) -> CustomHtmlTagHandlerMapping:
        return CustomHtmlTagHandlerMapping({"ul": self._begin_ul, "ol": self._begin_ol}, {"table": self._end_table})

    def hold(self, size: int) -> None:
        if size > _LARGEST:
            raise UnreadableRecord(f"markup of a text of more than {_LARGEST} characters")

    def _begin_ul(self, state: Any, attributes: Any) -> None:
        ul_start_handler(state, attributes)
        self.hold(self._length * len(state.li_counter))

    def _begin_ol(self, state: Any, attributes: Any) -> None:
        ol_start_handler(state, attributes)
        self.hold(self._length * len(state.li_counter))

    def _end_table(self, state: Any) -> None:
        if state.current_table:
            self._tables += _area(state.current_table[-1].rows)
            self.hold(self._tables)
        table_end_handler(state)


def _area(rows: Any) -> int:
    """Of a table in characters: all rows are as wide as the widest cells of all columns together."""
    height = sum(max((cell.normalize_blocks() for cell in row.columns), default=1) for row in rows)
    widths: list[int] = []
    for row in rows:
        widths += [1] * (len(row.columns) - len(widths))
        for column, cell in enumerate(row.columns):
            widths[column] = max(widths[column], cell.width)
    return height * sum(widths)


def _style(said: str, element: Any) -> None:
    kept = (part for part in said.split(";") if part.partition(":")[0].strip().lower() in _STYLES)
    CssParse.attr_style(";".join(kept), element)
