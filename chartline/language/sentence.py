"""One sentence as the checks see it: its claims, where they stand, and which values they were found to say."""

from __future__ import annotations

from chartline.language.claims import Claim, Mark, Name, Role, Term, Word
from chartline.language.support import Support


class Sentence:
    """`question` holds its pairs of neighbouring words. The checks of numbers, times and names fill `values` (place to
    the values said there) and `bounds` (whether the window is said); later checks read them.
    """

    def __init__(self, claims: list[Claim], support: Support, question: frozenset[tuple[str, str]]) -> None:
        self.claims = claims
        self.support = support
        self.question = question
        self.values: dict[int, frozenset[int]] = {}
        self.bounds = False

    def word(self, place: int) -> str:
        claim = self.claims[place] if 0 <= place < len(self.claims) else Mark("")
        return claim.text if isinstance(claim, Word | Role | Name | Term | Mark) else ""
