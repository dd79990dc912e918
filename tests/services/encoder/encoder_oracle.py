"""What a record must say after any history, worked out the slow way; it shares no code with the store.

A history is a list of steps in no order. Times are hours, None where the source gave none.
"""

from typing import NamedTuple

NEVER, EVER = -1, 10**6


class Told(NamedTuple):
    """A version of the fact `part` of a record; `value` is all its content."""

    record: str
    part: str
    patient: str
    version: int | None
    time: int | None
    retracted: bool
    value: int


class Whole(NamedTuple):
    """A version of a whole record."""

    record: str
    version: int | None
    time: int | None
    deleted: bool


class Word(NamedTuple):
    """Names are one patient, or are not."""

    names: frozenset[str]
    withdrawn: bool
    version: int | None
    time: int | None
    record: str


Step = Told | Whole | Word
#: Of each fact the contents that claim to be shown: one, or several in conflict.
Shown = dict[tuple[str, str], frozenset[tuple[int | None, int | None, int]]]


def patients(steps: list[Step]) -> list[frozenset[str]]:
    """Names that are one patient; everybody whom a fact or a word names is in one."""
    told = {step for step in steps if isinstance(step, Told)}
    words = {step for step in steps if isinstance(step, Word)}
    found = [frozenset({name}) for name in {t.patient for t in told}.union(*(w.names for w in words))]
    for names in {word.names for word in words}:
        standing = [w for w in words if w.names == names and not any(_ends(r, w) for r in _of(steps, w.record))]
        if standing and not max(standing, key=_word_rank).withdrawn:
            met = [group for group in found if group & names]
            found = [group for group in found if not group & names] + [frozenset().union(*met)]
    return found


def shown(steps: list[Step], group: frozenset[str], at: int | None) -> Shown:
    """The state of that patient's chart at a time; None is now."""
    facts = {(t.record, t.part) for t in steps if isinstance(t, Told) and t.patient in group}
    states = {fact: _state(steps, fact, group, at) for fact in facts}
    return {fact: claims for fact, claims in states.items() if claims}


def _state(
    steps: list[Step], fact: tuple[str, str], group: frozenset[str], at: int | None
) -> frozenset[tuple[int | None, int | None, int]]:
    versions = {t for t in steps if isinstance(t, Told) and (t.record, t.part) == fact}
    own = {t for t in versions if t.patient in group}
    wholes = _of(steps, fact[0])
    deleted = {t for t in own if any(w.deleted and _ends(w, t) for w in wholes)}
    walls = [_place(t, EVER) for t in (own - deleted) | (versions - own) if t.retracted or t not in own]
    for whole in (w for w in wholes if w.deleted):
        ended = [t.version for t in own if _ends(whole, t)]
        if ended:
            highest = max((v for v in ended if v is not None), default=-1)
            until = EVER if whole.time is None else whole.time
            walls.append((highest if whole.version is None else whole.version, until))
    seen = [t for t in own - deleted if not t.retracted and _is_known(t.time, at)]
    left = [t for t in seen if all(_place(t, NEVER) > wall for wall in walls)]
    if not left:
        return frozenset()
    top = max(_place(t, NEVER) for t in left)
    last = {t for t in left if _place(t, NEVER) == top}
    gone = any(_is_known(w.time, at) and _ends(w, t) for w in wholes if not w.deleted for t in last)
    return frozenset() if gone else frozenset((t.version, t.time, t.value) for t in last)


def _ends(whole: Whole, said: Told | Word) -> bool:
    """Whether what was said of or by the record ends with this version of it."""
    if whole.version is not None:
        of = -1 if said.version is None else said.version
        return of < whole.version or (whole.deleted and of == whole.version)
    since = NEVER if said.time is None else said.time
    if whole.deleted:
        return whole.time is None or since <= whole.time
    return said.version is None and whole.time is not None and since < whole.time


def _of(steps: list[Step], record: str) -> list[Whole]:
    return [step for step in steps if isinstance(step, Whole) and step.record == record]


def _place(told: Told, without_time: int) -> tuple[int, int]:
    return -1 if told.version is None else told.version, without_time if told.time is None else told.time


def _word_rank(word: Word) -> tuple[int, int, bool]:
    without_time = EVER if word.withdrawn else NEVER
    time = without_time if word.time is None else word.time
    return -1 if word.version is None else word.version, time, word.withdrawn


def _is_known(time: int | None, at: int | None) -> bool:
    return at is None or time is None or time <= at
