"""What of a question asks for something: rules that hold a plan to words and numbers leave the rest of it alone.

People take things back ("no, not the first one, the last"), open with "first, …", say "I mean", and a stay may last
without being the last.
"""

import re

_CLAUSE_END = r"[,.;:?!–—]"
_CLAUSE = r"(?:[^,.;:?!–—]|\.(?=\d))*"
_ASIDES = re.compile(
    # What a correction takes back, up to the end of its clause.
    rf"(?:^|{_CLAUSE_END} ?|\b(?:no|sorry) )not\b{_CLAUSE}"
    rf"|\b(?:instead of|rather than)\b{_CLAUSE}"
    r"|\b(?:i|you|we) mean\b"
    r"|^(?:(?:ok|okay|so|right|well|now)[, ]+)?first(?: of all| off)?,"
    r"|\b(?:first|last) names?\b"
    # A day of the stay, not of the calendar.
    r"|\bon (?:the|his|her|their|its) last day\b|\blast day (?=(?:of|in|before|here|there)\b)"
)
#: "How many days did it last?", "Did that last longer than a day?"
_LASTING = re.compile(
    r"(\bhow many [a-z]+\b.*\b)last(?= ?(?:[?.!,;]|$))"
    r"|(\bd(?:id|oes|o)\b.*\b)last(?= (?:for|until|till|longer|more|less)\b)"
)


#: A name or a date that a plan quotes.
QUOTED = re.compile(r'"([^"]*)"')


def asked_for(question: str, plan_text: str) -> str:
    """`question` in lower case without its asides, and `_` for each name and date that the plan quotes."""
    text = " ".join(question.casefold().split())
    for quoted in sorted(QUOTED.findall(plan_text.casefold()), key=len, reverse=True):
        text = _whole(quoted).sub("_", text) if quoted else text
    return _LASTING.sub(r"\1\2lasted", _ASIDES.sub(" ", text))


def _whole(quoted: str) -> re.Pattern[str]:
    """The quotation where no word goes on before or behind it: the "po" of "po route" and not that of "point"."""
    return re.compile(rf"(?:\b|(?=\W)){re.escape(quoted)}(?:\b|(?<=\W))")
