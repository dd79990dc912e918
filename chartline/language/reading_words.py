"""What notes and reports say, in words by rule: quotations that nothing inside can end, and what was looked for.

A document is never retold: what it claims stands in quotation marks, beside what it is and when it was written.
"""

from chartline.language.dates import show, show_window
from chartline.language.passages import LONGEST_QUOTE, pack
from chartline.language.wording import DOCUMENT_KINDS
from chartline.record.plan import Field, Lookup, QueryPlan, Retrieve
from chartline.record.result import PlanResult, Value

#: Said behind quotations that were cut, and lists.
MORE_TO_READ = "There is more than is shown here."
#: Inner quotation marks become single ones.
_INNER: dict[int, str | None] = {ord("“"): "‘", ord("”"): "’", ord("„"): "‚", ord('"'): "'"}
#: Control characters but the line end, and the marks of Unicode that turn the direction of writing.
_INNER |= dict.fromkeys((*range(10), *range(11, 32), *range(127, 160)))
_INNER |= dict.fromkeys((0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A)))


def quoted(text: str) -> str:
    return f"“{text.translate(_INNER)}”"


def quotes_documents(plan: QueryPlan, result: PlanResult) -> bool:
    """Whether the values are what notes and reports say."""
    if isinstance(plan, Lookup):
        reads = plan.field is Field.VALUE or plan.attribute == "conclusion"
    else:
        reads = isinstance(plan, Retrieve)
    return reads and any(event.kind in DOCUMENT_KINDS for event in result.events)


def document_words(text: str) -> str:
    """A whole document, quoted as far as an answer can hold it."""
    start, *more = pack(text, LONGEST_QUOTE, LONGEST_QUOTE) or [text]
    return f"{quoted(start)} and more" if more else quoted(start)


def reading_words(result: PlanResult) -> str:
    """The values of a reading: each a quotation of a document, or another event that was described."""
    said = [_value_words(value, result) for value in result.values]
    return " ".join([*said, MORE_TO_READ] if result.truncated else said)


def _value_words(value: Value, result: PlanResult) -> str:
    event = next((e for e in result.events if e.event_key in value.event_keys), None)
    if event is not None and event.kind not in DOCUMENT_KINDS:
        return f"{value.form}."
    written = f" ({show(event.time)})" if event is not None and event.time else ""
    return f"{value.label or 'Note'}{written}: {quoted(str(value.form))}"


def nothing_read(plan: Retrieve, result: PlanResult) -> str:
    """What was looked for, and in how much."""
    window = show_window(result.window_start, result.window_end)
    inside = f" {window}" if window else ""
    if not result.events_searched:
        return f"This record has no notes or reports{inside} that could tell {quoted(plan.query)}."
    documents = "1 note or report" if result.events_searched == 1 else f"{result.events_searched} notes and reports"
    return f"Nothing about {quoted(plan.query)} was found in {documents}{inside}."
