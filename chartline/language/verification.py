"""Checks every sentence of an answer before it leaves (step 10 of the design) and replaces what nothing supports.

There is no model here and no likelihood: a sentence is cut into claims (`claims`), each claim must be supported by the
result, its events or the plan's own terms (`support`, `claim_checks`), and nothing that is not recognised passes.
A doubtful sentence loses: the plain answer is always right and costs only style.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise

from chartline.language.claim_checks import CHECKS
from chartline.language.claim_polarity import is_boolean, is_true
from chartline.language.claim_words import AGGREGATES, EXTREMES, NEGATIONS, NUMBER_WORDS, ORDINALS, PLAIN_WORDS
from chartline.language.claims import Scanner, fold
from chartline.language.plan_parts import selections
from chartline.language.rendering import LONGEST_LIST, render
from chartline.language.sentence import Sentence
from chartline.language.support import Support
from chartline.language.value_words import is_preliminary
from chartline.record.plan import OutOfScope, PlanOutcome, QueryPlan
from chartline.record.result import PlanResult

_BOUNDARY = re.compile(r"[.!?]+[”\"')]*(?=\s|$)|(?<![:\n])(?=\n)")
_QUOTED = re.compile(r"[“\"]([^”\"]*)[”\"]")
_BULLET = re.compile(r"^\s*(?:[-•*]\s+)?")
#: Values that read like words of the vocabulary (a blood type A, an answer No) are said by the plain answer alone.
_RISKY = NEGATIONS | {"yes"} | NUMBER_WORDS.keys() | ORDINALS.keys() | EXTREMES.keys() | AGGREGATES.keys() | PLAIN_WORDS


@dataclass(frozen=True, slots=True)
class Verdict:
    """`reason` is empty when the sentence is supported; it names the kind of claim, never the patient's data."""

    accepted: bool
    reason: str = ""
    values: frozenset[int] = frozenset()


class Checker:
    """Checks the sentences of one answer; pure, well under a millisecond a sentence.

    `identifiers` are the asked patient's own names and identifiers; any other person is unknown and fails.
    """

    def __init__(self, plan: QueryPlan, result: PlanResult, question: str, identifiers: Iterable[str] = ()) -> None:
        self.plain = render(plan, result)
        self._support = Support(plan, result, question, identifiers)
        self._scanner = Scanner(
            self._support.names() | self._support.identifiers, self._support.terms, self._support.units()
        )
        self._question = frozenset(pairwise(re.findall(r"[\w']+|[^\w\s]", fold(question))))
        self._free = self._may_be_phrased()

    def _may_be_phrased(self) -> bool:
        """Whether a model may phrase it: readings, quarrels, refusals, cut lists, "new since" and what is preliminary
        are said by rule.
        """
        plan, result = self._support.plan, self._support.result
        if isinstance(plan, OutOfScope) or result.truncated or len(result.values) > LONGEST_LIST:
            return False
        if any(selection.absent_in for selection in selections(plan)):
            return False
        if any(is_preliminary(result, value) for value in result.values):
            return False
        names = {name for value in self._support.values for name in value.names}
        risky = any(name in _RISKY or (len(name) < 2 and name not in "mf") for name in names)
        by_rule = (PlanOutcome.AMBIGUOUS, PlanOutcome.CONFLICTING, PlanOutcome.INCOMPARABLE)
        return result.outcome not in by_rule and not risky

    def check(self, sentence: str) -> Verdict:
        """Whether the record supports the sentence."""
        text = _BULLET.sub("", sentence).strip()
        if text and text in self.plain and self._is_plain(text):
            return Verdict(True, values=frozenset(range(len(self._support.values))))
        if not self._free:
            return Verdict(False, "only the plain answer")
        told = Sentence(self._scanner.scan(text), self._support, self._question)
        if not told.claims:
            return Verdict(False, "empty")
        reason = next((reason for check in CHECKS if (reason := check(told))), "")
        return Verdict(not reason, reason, frozenset().union(*told.values.values()) if not reason else frozenset())

    def _is_plain(self, text: str) -> bool:
        return text == self.plain or text in map(str.strip, self.sentences(self.plain))

    def sentences(self, text: str) -> list[str]:
        """Cuts a text where a sentence ends; full stops inside names and quotations end none. Blanks stay in front."""
        cuts = [0, *self.ends(text), len(text)]
        return [sentence for start, end in pairwise(cuts) if (sentence := text[start:end]).strip()]

    def ends(self, text: str) -> Iterator[int]:
        """Where sentences end."""
        masked = [m.span() for pattern in (self._scanner.phrases, _QUOTED) for m in pattern.finditer(text)]
        for match in _BOUNDARY.finditer(text):
            if not any(start <= match.start() < end for start, end in masked):
                yield match.end()

    def complete(self, accepted: Mapping[str, Verdict]) -> bool:
        """Whether the accepted sentences are the answer: every value, and first yes or no where that is asked."""
        if not accepted:
            return False
        if is_boolean(self._support):
            lead = "yes" if is_true(self._support) else "no"
            return next(iter(accepted)).casefold().startswith(lead)
        said = frozenset().union(*(verdict.values for verdict in accepted.values()))
        return len(said) == len(self._support.values)


@dataclass(frozen=True, slots=True)
class CheckedAnswer:
    """What may leave, and how many of the model's sentences may not."""

    text: str
    replaced: int


def checked_answer(
    plan: QueryPlan, result: PlanResult, question: str, candidate: str, identifiers: Iterable[str] = ()
) -> CheckedAnswer:
    """The candidate without what the record does not support; the plain answer follows where a value is missing."""
    stream = AnswerStream(Checker(plan, result, question, identifiers))
    pieces = [*stream.feed(candidate), *stream.finish()]
    return CheckedAnswer("".join(pieces), stream.replaced)


class AnswerStream:
    """Lets an answer through sentence by sentence while the model still writes it; the pieces in order are the answer.

    A sentence that says a part of the values waits until the others are said: half a list would read as the whole.
    """

    def __init__(self, checker: Checker) -> None:
        self._checker = checker
        self._rest = ""
        self._accepted: dict[str, Verdict] = {}
        self._held: list[str] = []
        self._begun = False
        self.replaced = 0

    def feed(self, text: str) -> list[str]:
        """Takes a piece of the model's text; returns what may leave now."""
        self._rest += text
        # A full stop at the very end may yet become a decimal point.
        end = max((end for end in self._checker.ends(self._rest) if end < len(self._rest)), default=0)
        whole, self._rest = self._rest[:end], self._rest[end:]
        return self._pass(whole)

    def finish(self) -> list[str]:
        """What is left; the plain answer where the model did not give a whole one."""
        last = self._pass(self._rest)
        self._rest = ""
        if self._complete():
            return last
        self.replaced += len(self._held)
        return [*last, self._piece(self._checker.plain)]

    def _pass(self, text: str) -> list[str]:
        for sentence in self._checker.sentences(text):
            verdict = self._checker.check(sentence)
            self.replaced += not verdict.accepted
            if verdict.accepted and sentence.strip() not in self._accepted:
                self._accepted[sentence.strip()] = verdict
                self._held.append(sentence)
        if not self._complete():
            return []
        pieces = [self._piece(sentence) for sentence in self._held]
        self._held = []
        return pieces

    def _complete(self) -> bool:
        return self._checker.complete(self._accepted)

    def _piece(self, sentence: str) -> str:
        """The sentence with what separates it from the one before."""
        text = sentence.lstrip()
        separator = "\n" if "\n" in sentence[: len(sentence) - len(text)] else " "
        piece = f"{separator}{text}" if self._begun else text
        self._begun = True
        return piece
