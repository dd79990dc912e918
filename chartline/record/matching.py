"""Which names of a record agree with a reading, and how well."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from weakref import WeakKeyDictionary

from chartline.record.chart import Chart
from chartline.record.folding import words_of
from chartline.record.kinds import EventKind
from chartline.record.meaning import Reading, reading, readings
from chartline.record.vocabulary.tables import Domain, Vocabulary, domain_of, vocabulary

#: Samples of one stream: which of them was meant can be asked back, the spinal fluid's cannot.
_BLOOD = frozenset({"", "serum", "blood", "whole blood", "arterial", "venous", "mixed venous", "capillary"})
_URINE = frozenset({"urine", "24 hour urine"})


@dataclass(frozen=True, slots=True)
class Match:
    """`extra`: how many words the name says beside what was asked; `sure` where they change nothing."""

    kind: EventKind
    term: str
    extra: int = 0
    sample: int = 0
    sure: bool = True

    @property
    def rank(self) -> tuple[int, int]:
        """The best first."""
        return self.extra, self.sample


class KindNames:
    """The names of one kind in one chart, found by a word of their meaning or of their letters."""

    def __init__(self, kind: EventKind, chart: Chart) -> None:
        self.readings = {term: _read(kind, term, chart) for term in chart.terms(kind)}
        self.spelt = {term: frozenset(words_of(chart.label(kind, term))) for term in self.readings}
        self.letters = frozenset(word for words in self.spelt.values() for word in words)
        self._meant: dict[str, list[str]] = {}
        for term, name in self.readings.items():
            for word in name.words:
                self._meant.setdefault(word, []).append(term)

    def holding(self, words: Iterable[str]) -> Iterator[tuple[str, Reading]]:
        """Names whose meaning holds all the words."""
        rarest = min((self._meant.get(word, []) for word in words), key=len, default=[])
        return ((term, self.readings[term]) for term in rarest)


_kept: WeakKeyDictionary[Chart, dict[EventKind, KindNames]] = WeakKeyDictionary()


def names_of(kind: EventKind, chart: Chart) -> KindNames:
    """Read once for each chart; what two threads read at once is the same."""
    kinds = _kept.setdefault(chart, {})
    if kind not in kinds:
        kinds[kind] = KindNames(kind, chart)
    return kinds[kind]


def same_or_longer(meant: Reading, kinds: Iterable[EventKind], domain: Domain, chart: Chart) -> list[Match]:
    """Names of that meaning and longer ones that hold it, of the sample that is meant; of the same salt if any is."""
    table = vocabulary(domain)
    found = [
        (Match(kind, term, len(extra), sample, extra <= table.harmless), name.salts >= meant.salts)
        for kind in kinds
        for term, name in names_of(kind, chart).holding(meant.words)
        if (extra := _extra(meant, name)) is not None and (sample := _sample_rank(meant, name, table)) is not None
    ]
    agree = [match for match, same_salt in found if same_salt]
    return agree or [match for match, _ in found]


def asked_back(meant: Reading, kinds: Iterable[EventKind], chart: Chart) -> list[Match]:
    """What the concept might mean though it says something else: another sample, another fraction, a part of it."""
    letters = frozenset(word for text in meant.words for word in text.split())
    found = [
        Match(kind, term, len(names.spelt[term] - letters))
        for kind in kinds
        for names in [names_of(kind, chart)]
        for term, name in names.readings.items()
        if (letters <= names.spelt[term] or _extra(meant, name) is not None)
        and _of_one_stream(meant.specimen, name.specimen)
    ]
    least = min((match.extra for match in found), default=0)
    return [match for match in found if match.extra == least]


def is_of_sample(concept: str, kind: EventKind, term: str, chart: Chart) -> bool:
    """Whether the events of that name are of the sample that is meant: a plain "glucose" is none of urine.

    What the vocabulary does not know, or knows of any sample, is what the record calls so.
    """
    table = vocabulary(domain_of(kind))
    if not chart.specimen(kind, term) or table.expanded(concept) in table.any_sample:
        return True
    name = names_of(kind, chart).readings[term]
    known = [one for one in readings(concept, domain_of(kind)) if one.words <= table.single]
    return not known or any(_sample_rank(one, name, table) is not None for one in known)


def _read(kind: EventKind, term: str, chart: Chart) -> Reading:
    """With the sample that the name leaves out and the event carries."""
    name = reading(chart.label(kind, term), domain_of(kind))
    sample = "" if name.specimen else chart.specimen(kind, term)
    return replace(name, specimen=reading(sample, Domain.MEASUREMENT).specimen or sample) if sample else name


def _extra(meant: Reading, name: Reading) -> frozenset[str] | None:
    """What the name says beside it; None where it says something else."""
    other_salt = meant.salts and name.salts and not meant.salts <= name.salts
    same_drug = not name.release and meant.words == name.words
    other_release = meant.release and meant.release != name.release and not same_drug
    if other_salt or other_release or not meant.words <= name.words or not name.about <= meant.about:
        return None
    return name.words - meant.words


def _sample_rank(meant: Reading, name: Reading, table: Vocabulary) -> int | None:
    """None where the name's sample is not meant."""
    if not table.samples or (not meant.specimen and not meant.words.isdisjoint(table.natural_in_urine)):
        return 0
    meant_samples = table.samples.get(meant.specimen, (meant.specimen,))
    return meant_samples.index(name.specimen) if name.specimen in meant_samples else None


def _of_one_stream(said: str, other: str) -> bool:
    return not said or any(said in stream and other in stream for stream in (_BLOOD, _URINE))
