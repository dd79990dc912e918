"""What a question says, apart from how: the operations its words mean, and every word that is not known to mean none.

    "When was pt's latest potassium?"             ┐
    "On what date was the last potassium taken?"  ┘─▶ when, last, ‹potassium›

Two questions of the same sense have the same plan. The rule is strict: a word that senses.toml does not know means
itself, so that nothing can be added and nothing be lost without being seen.
"""

import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

_TOLD = tomllib.loads(Path(__file__).with_name("senses.toml").read_text())
#: Around the number of a quoted name or date, and around the name of a sense, in a text that is being read.
NAME, _SENSE = "\x01", "\x02"


def _pattern(words: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w'{NAME}{_SENSE}])(?:{words})(?![\w'{NAME}{_SENSE}])")


_COURTESIES = _pattern("|".join(_TOLD["courtesies"]))
_WHAT, _WHETHER = _pattern(_TOLD["asks"]["what"]), _pattern(_TOLD["asks"]["whether"])
_YES_OR_NO = re.compile(rf"(?:{_TOLD['asks']['yes_or_no']})\b")
_SENSES = [(name, _pattern(words)) for name, words in _TOLD["senses"].items()]
_OPTIONAL = {name: re.compile(plan) for name, plan in _TOLD["optional"].items()}
_PLAIN, _ORDERED = frozenset(_TOLD["words"]["plain"].split()), frozenset(_TOLD["words"]["ordered"])
_CONTRACTED = re.compile(r"\b(what|which|when|where|who|why|how)'s\b|\b(what|when|where|who|how)s\b")
_WORD = re.compile(rf"{NAME}\d+{NAME}|{_SENSE}\w+{_SENSE}|[\w'/%.<>=:-]*\w")
QUOTED = re.compile(r'"([^"]*)"')


@dataclass(frozen=True, slots=True)
class Sense:
    """`words` are all that mean something, `order` those whose order does."""

    words: tuple[str, ...]
    order: tuple[str, ...]


def masked(question: str, plan: str) -> str:
    """In lower case, on one line, every name and date that the plan quotes as a mark with its number."""
    text = " ".join(question.split())
    names = list(dict.fromkeys(QUOTED.findall(plan)))
    for name in sorted(names, key=len, reverse=True):
        mark = f"{NAME}{names.index(name)}{NAME}"
        text = re.sub(rf"(?<![\w{NAME}]){re.escape(name)}(?![\w{NAME}])", mark, text)
    return text.casefold()


def sense_of(question: str, plan: str) -> Sense:
    """What the question says beside the plan that it means."""
    text = _CONTRACTED.sub(lambda found: f"{found[1] or found[2]} is", masked(question, plan))
    text = " ".join(_COURTESIES.sub(" ", re.sub(r"'s\b", " 's", text)).split()).lstrip(",. ")
    for name, words in _SENSES:
        text = words.sub(f"{_SENSE}{name}{_SENSE}", text)
    mode, text = _mode(text)
    said = [word for word in _WORD.findall(text) if word not in _PLAIN and not _may_be_left_out(word, plan)]
    order = [word for word in said if word[0] == NAME or word.strip(_SENSE) in _ORDERED or word[0].isdigit()]
    return Sense((mode, *sorted(set(said))), tuple(order) if _order_matters(order) else ())


def _mode(text: str) -> tuple[str, str]:
    """Whether a thing is asked for or a yes, and the text without the words that say so."""
    yes = _WHETHER.search(text) or (_YES_OR_NO.match(text) and not _WHAT.search(text))
    return "whether" if yes else "what", _WHETHER.sub(" ", _WHAT.sub(" ", text))


def _may_be_left_out(word: str, plan: str) -> bool:
    rule = _OPTIONAL.get(word.strip(_SENSE)) if word[0] == _SENSE else None
    return rule is not None and rule.match(plan) is not None


def _order_matters(order: Sequence[str]) -> bool:
    """One name under one operation can only mean one thing."""
    names = sum(word[0] == NAME for word in order)
    return names > 1 or len(order) - names > 1
