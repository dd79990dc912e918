"""Texts that come in RTF, in HTML or in rare charsets: without their marks, and fit to be sent on."""

from collections.abc import Callable


def without_marks(read: Callable[[str], str], marked: str) -> str | None:
    """What `read` makes of a marked text; None where it cannot."""
    try:
        return whole(read(marked)).strip()
    except Exception:  # the libraries raise whatever malformed markup makes of them
        return None


def whole(text: str) -> str:
    """Two surrogates are the character that they stand for; one alone is U+FFFD, because no message can hold it.

    RTF writes a character beyond U+FFFF as two, and some charsets let one alone through.
    """
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
