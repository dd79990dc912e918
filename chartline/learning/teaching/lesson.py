"""One asking of a teacher, as the folder of examples tells it beside the rows."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Lesson:
    """One asking. `row` has what was kept, or would have had it; empty where a question on notes became no row.

    `about` is the question to be reworded or the view whose note was read, `verdict` is "kept" or why not.
    """

    task: str
    row: str
    about: str
    written: str
    verdict: str
