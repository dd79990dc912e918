import pytest

from chartline.language.number_words import in_words, numbers_said


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("the first forty-eight hours", {1, 48}),
        ("one hundred and fifty", {150}),
        ("above a hundred", {100}),
        ("two hundred five", {205}),
        ("the twenty first day", {21}),
        ("twelfth, fortieth, ninth", {12, 40, 9}),
        ("once or twice, a dozen", {1, 2, 12}),
        ("days two and three", {2, 3}),
        ("someone often attended the hundreds", set()),
    ],
)
def test_numbers_are_read_as_they_are_said(text: str, numbers: set[int]) -> None:
    assert numbers_said(text) == numbers


def test_what_is_said_in_words_is_read_again() -> None:
    assert in_words(150) == "one hundred and fifty"
    assert in_words(48) == "forty-eight"
    assert all(numbers_said(in_words(number)) == {number} for number in range(1, 1000))
