"""What a question says, apart from how: the operations its words mean, and every word that is not known to mean none.

    "When was her latest potassium?"              ┐
    "On what date was the last potassium taken?"  ┘─▶ when, last, ‹potassium›

Two questions of the same sense have the same plan. The rule is strict: a word that senses.toml does not know means
itself, so that nothing can be added and nothing be lost without being seen.
"""

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path

_TOLD = tomllib.loads(Path(__file__).with_name("senses.toml").read_text())
#: Around the number of a quoted name or date, and around the name of a sense, in a text that is being read.
NAME, _SENSE = "\x01", "\x02"


def _pattern(words: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w'{NAME}{_SENSE}])(?:{words})(?![\w'{NAME}{_SENSE}])")


_COURTESIES = _pattern("|".join(_TOLD["courtesies"]))
_WHAT, _WHETHER = _pattern(_TOLD["asks"]["what"]), _pattern(_TOLD["asks"]["whether"])
_YES_OR_NO = re.compile(rf"(?:[^,]*, )?(?:{_TOLD['asks']['yes_or_no']})\b")
_COMMANDS = re.compile(rf"(?:{_TOLD['asks']['commands']})\b")
_ASKS, _FINITE = re.compile(_TOLD["asks"]["asks"]), _pattern(_TOLD["asks"]["finite"])
_SENSES = [(name, _pattern(words)) for name, words in _TOLD["senses"].items()]
_OPTIONAL = {name: re.compile(plan) for name, plan in _TOLD["optional"].items()}
_PLAIN, _ORDERED = frozenset(_TOLD["words"]["plain"].split()), frozenset(_TOLD["words"]["ordered"].split())
_CONTRACTED = re.compile(r"\b(what|which|when|where|who|why|how)'s\b|\b(what|when|where|who|how)s\b")
_WORD = re.compile(rf"{NAME}\d+{NAME}|{_SENSE}\w+{_SENSE}|[\w'/%.<>=:-]*\w")
#: The dates between which is selected.
_DATE = re.compile(r'\b(?:in|since|before|to) "([^"]*)"')
QUOTED = re.compile(r'"([^"]*)"')


@dataclass(frozen=True, slots=True)
class Sense:
    """`form` is what, whether or statement; `words` are all that mean something, `order` those whose order does."""

    form: str
    words: tuple[str, ...]
    order: tuple[str, ...]


def masked(question: str, plan: str) -> str:
    """In lower case, on one line, every name and date that the plan quotes as a mark with its number."""
    text = " ".join(question.split())
    names = _names(plan)
    for name in sorted(names, key=len, reverse=True):
        text = re.sub(rf"(?<![\w{NAME}]){re.escape(name)}(?![\w{NAME}])", _mark(names.index(name)), text)
    return text.casefold()


def _names(plan: str) -> list[str]:
    return list(dict.fromkeys(QUOTED.findall(plan)))


def _mark(number: int) -> str:
    return f"{NAME}{number}{NAME}"


def sense_of(question: str, plan: str) -> Sense:
    """What the question says beside the plan that it means."""
    text = _CONTRACTED.sub(lambda found: f"{found[1] or found[2]} is", masked(question, plan))
    text = " ".join(_COURTESIES.sub(" ", re.sub(r"'s\b", " 's", text)).split()).lstrip(",. ")
    for name, words in _SENSES:
        text = words.sub(f"{_SENSE}{name}{_SENSE}", text)
    form, text = _form(text)
    said = [word for word in _WORD.findall(text) if word not in _PLAIN and not _may_be_left_out(word, plan)]
    movable = _movable(plan)
    order = [word for word in said if word.strip(_SENSE) in _ORDERED or (word[0] == NAME and word not in movable)]
    senses, itself = (sorted(word for word in said if (word[0] == _SENSE) is sense) for sense in (True, False))
    return Sense(form, (*sorted(set(senses)), *itself), tuple(order))


def _form(text: str) -> tuple[str, str]:
    """What kind of answer is asked for, if any, and the text without the words that say so."""
    if _COMMANDS.match(text) and not _WHAT.match(text):
        text = _COMMANDS.sub("what", text, count=1)
    asks = _WHAT.search(text) or _ASKS.search(text)
    if _WHETHER.search(text) or (_YES_OR_NO.match(text) and not _WHAT.search(text)):
        form = "whether"
    else:
        form = "what" if asks or not _FINITE.search(text) else "statement"
    return form, _WHETHER.sub(" ", _WHAT.sub(" ", text))


def _may_be_left_out(word: str, plan: str) -> bool:
    rule = _OPTIONAL.get(word.strip(_SENSE)) if word[0] == _SENSE else None
    return rule is not None and rule.match(plan) is not None


def _movable(plan: str) -> frozenset[str]:
    """The names that may stand anywhere: the only concept and the only date of a plan with one selection."""
    if "(" in plan:
        return frozenset()
    dates = _DATE.findall(plan)
    concepts = [name for name in _names(plan) if name not in dates]
    alone = [names[0] for names in (concepts, dates) if len(names) == 1]
    return frozenset(_mark(_names(plan).index(name)) for name in alone)
