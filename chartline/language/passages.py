"""Cuts documents (notes, reports) into passages short enough to be embedded and quoted."""

import re

from chartline.language.wording import DOCUMENT_KINDS
from chartline.record.event import Event

#: Characters; about 150 word pieces of English prose, well within what the text encoder reads.
LONGEST_PASSAGE = 600

_SENTENCE_END = re.compile(r"(?<=[.!?])\s+|\n+")


def passages(event: Event) -> tuple[str, ...]:
    """The document's passages in order, cut at line and sentence ends; none for kinds that are no document.

    Joined they hold every word of the document, each at most `LONGEST_PASSAGE` characters long.
    """
    if event.kind not in DOCUMENT_KINDS:
        return ()
    out: list[str] = []
    for piece in _pieces(event.text_value):
        if out and len(out[-1]) + 1 + len(piece) <= LONGEST_PASSAGE:
            out[-1] += " " + piece
        else:
            out.append(piece)
    return tuple(out)


def _pieces(text: str) -> list[str]:
    """Sentences and lines, the overlong ones cut hard."""
    whole = [" ".join(part.split()) for part in _SENTENCE_END.split(text)]
    return [part[i : i + LONGEST_PASSAGE] for part in whole for i in range(0, len(part), LONGEST_PASSAGE)]
