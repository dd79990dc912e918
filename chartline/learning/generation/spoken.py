"""Makes a filled wording look as people leave it: blanks, capitals, end marks, slips of the finger."""

import random
import re
from collections.abc import Sequence

from chartline.language.plan_grammar import pieces_of

_TYPO_SHARE = 0.05
_SLIP_SHARE = 0.5
#: Words short of this many letters are not misspelt: what is left of them may be another word. These few are known yet.
_SHORTEST = 6
_ASKING = "what|when|which|where|many|does"
_QUOTED = re.compile(r'"([^"]*)"')


#: After these words a person stands in the objective.
_OBJECTIVE = re.compile(
    r"\b(of|for|to|on|with|by|from|about|bring|brought|give|gives|gave|put|start|send|write|let|keep|pick|lose|visits"
    r"|get|gets|see|seen|find|kept|move|insures|help|wean|book|saw|examined|admitted|discharged|treated|harmed"
    r"|bothered) (he|she|they)\b"
)
_PLURAL = {"was": "were", "is": "are", "has": "have", "does": "do"}
_SINGULAR_THEY = re.compile(r"\b(?:(was|is|has|does) they|they (was|is|has|does))\b", re.IGNORECASE)
_OBJECTS = {"he": "him", "she": "her", "they": "them"}


def spoken(question: str, rng: random.Random) -> str:
    question = re.sub(r"\s+", " ", question).strip().replace(" ,", ",").replace(" ?", "?").replace(" .", ".")
    question = _OBJECTIVE.sub(lambda said: f"{said[1]} {_OBJECTS[said[2]]}", question.lstrip(", "))
    question = _SINGULAR_THEY.sub(_agreeing, question)
    style = rng.random()
    if style < 0.12:
        return question.rstrip("?.").lower() if question.isascii() else question
    if style < 0.2:
        return question.rstrip("?.")
    return question[:1].upper() + question[1:]


def _agreeing(said: re.Match[str]) -> str:
    verb = said[1] or said[2]
    return said[0].replace(verb, _PLURAL[verb.lower()])


def misspelt(text: str, rng: random.Random) -> str:
    """With one letter of one long word left out or two in the wrong order; as it is where no word is long."""
    words = [match.span() for match in re.finditer(rf"[a-zA-Z]{{{_SHORTEST},}}", text)]
    return _slipped(text, *rng.choice(words), rng) if words else text


def _slipped(text: str, start: int, end: int, rng: random.Random) -> str:
    at = rng.randrange(start + 1, end - 2)
    if rng.random() < _SLIP_SHARE:
        return text[:at] + text[at + 1 :]
    return text[:at] + text[at + 1] + text[at] + text[at + 2 :]


def with_typo(question: str, quoted: list[str], rng: random.Random) -> str:
    """Now and then a slip in a word that the plan does not quote."""
    if rng.random() >= _TYPO_SHARE:
        return question
    kept = "|".join(map(re.escape, sorted(quoted, key=len, reverse=True))) or "(?!)"
    words = re.finditer(rf"(?P<kept>(?i:{kept}))|\b(?:[a-z]{{{_SHORTEST},}}|(?i:{_ASKING}))\b", question)
    free = [word.span() for word in words if word["kept"] is None]
    if not free:
        return question
    return _slipped(question, *rng.choice(free), rng)


def as_said(plan: str, spans: Sequence[str]) -> str | None:
    """The plan with its quotations cased as they stand in `spans`; None where one does not stand there."""
    said = {quoted: _as_it_stands(pieces_of(quoted), spans) for quoted in _QUOTED.findall(plan)}
    if None in said.values():
        return None
    return _QUOTED.sub(lambda quoted: f'"{said[quoted[1]]}"', plan)


def _as_it_stands(pieces: Sequence[str], spans: Sequence[str]) -> str | None:
    """As written before as written in other letters."""
    runs = [spans[place : place + len(pieces)] for place in range(len(spans) - len(pieces) + 1)]
    folded = [piece.casefold() for piece in pieces]
    like = ["".join(run) for run in runs if [piece.casefold() for piece in run] == folded]
    written = "".join(pieces)
    return written if written in like else next(iter(like), None)
