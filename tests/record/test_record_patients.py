"""Words that identifiers name one patient: the last one counts, chains and cycles are one, order says nothing."""

from itertools import permutations

from hypothesis import given
from hypothesis import strategies as st

from chartline.record.event import Instant, PatientLink, RecordVersion
from chartline.record.patients import canonical, groups


def says(*identifiers: str, **fields: object) -> PatientLink:
    return PatientLink(identifiers, **fields)  # type: ignore[arg-type]


def parts(words: list[PatientLink], records: list[RecordVersion] | None = None) -> set[str]:
    return {"".join(sorted(group)) for group in groups("abcd", words, records or []).values()}


def test_chains_and_cycles_are_one_patient() -> None:
    assert parts([says("a", "b"), says("b", "c")]) == {"abc", "d"}
    assert parts([says("a", "b"), says("b", "c"), says("c", "a")]) == {"abc", "d"}
    assert parts([]) == {"a", "b", "c", "d"}


def test_a_link_withdrawn_later_parts_them_and_the_other_way_round() -> None:
    words = [says("a", "b", version=1), says("b", "a", version=2, withdrawn=True), says("b", "c")]
    for order in permutations(words):
        assert parts(list(order)) == {"a", "bc", "d"}
    assert parts([*words, says("a", "b", version=3)]) == {"abc", "d"}


def test_without_versions_the_later_word_counts_and_a_withdrawal_without_time_is_the_last() -> None:
    early, late = (Instant(t, 0) for t in (1, 2))
    assert parts([says("a", "b", available_time=early), says("a", "b", withdrawn=True, available_time=late)]) == set(
        "abcd"
    )
    assert parts([says("a", "b", available_time=late), says("a", "b", withdrawn=True, available_time=early)]) == {
        "ab",
        "c",
        "d",
    }
    assert parts([says("a", "b", available_time=late), says("a", "b", withdrawn=True)]) == set("abcd")
    assert parts([says("a", "b", version=1), says("a", "b", version=1, withdrawn=True)]) == set("abcd")


def test_systems_speak_for_themselves() -> None:
    assert parts([says("a", "b", system="x"), says("a", "b", system="y", version=9, withdrawn=True)]) == {
        "ab",
        "c",
        "d",
    }


def test_a_record_that_repeats_a_link_no_more_takes_it_back() -> None:
    word = says("a", "b", system="s", record_id="Patient/a", version=1)
    newer, same = (RecordVersion("s", "Patient/a", version) for version in (2, 1))
    assert parts([word], [newer]) == set("abcd")
    assert parts([word], [same]) == {"ab", "c", "d"}
    assert parts([word, says("a", "b", system="s", record_id="Patient/a", version=2)], [newer]) == {"ab", "c", "d"}
    assert parts([word, says("a", "b", system="s", record_id="Patient/b", version=1)], [newer]) == {"ab", "c", "d"}
    assert parts([word], [RecordVersion("s", "Patient/a", deleted=True)]) == set("abcd")


def test_the_canonical_identifier_is_of_fhir_and_least() -> None:
    assert canonical(["urn:a|1", "Patient/9", "Patient/10"]) == "Patient/10"
    assert canonical(["urn:b|1", "urn:a|2"]) == "urn:a|2"


_WORDS = st.builds(
    PatientLink,
    st.lists(st.sampled_from("abcde"), min_size=2, max_size=3, unique=True).map(tuple),
    withdrawn=st.booleans(),
    version=st.none() | st.integers(0, 2),
    available_time=st.none() | st.integers(0, 3).map(lambda t: Instant(t, 0)),
)


@given(st.lists(_WORDS, max_size=12), st.randoms(use_true_random=False))
def test_no_order_and_no_repetition_matters(words, random) -> None:
    shuffled = words + [random.choice(words) for _ in words]
    random.shuffle(shuffled)
    assert groups("abcde", shuffled, []) == groups("abcde", words, [])
