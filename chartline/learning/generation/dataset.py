"""`chartline train generate`: a source's records become a folder of questions with plans, results and answers.

    source ── patients ── views of what was known ── questions on each view ── rows, charts, card

The same seed and the same source give the same bytes.
"""

import random
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from chartline.errors import InvalidRequest
from chartline.learning.generation.data_card import DataCard, write_card
from chartline.learning.generation.examples import RowWriter
from chartline.learning.generation.folders import FolderWriter, file_hashes
from chartline.learning.generation.sources import Source, made_up
from chartline.learning.generation.views import View, draw_view

if TYPE_CHECKING:
    from chartline.learning.teaching.lessons import Lessons

#: Questions about one view, which training puts behind one prefix.
PER_VIEW = 40
_SHORT_SHARE = 0.5
#: So many views in a row without enough to ask about end it.
_MOST_EMPTY = 500


def generate_dataset(
    folder: Path,
    source: Source | None,
    examples: int,
    seed: int,
    progress: Callable[[int], None],
    lessons: "Lessons | None" = None,
) -> DataCard:
    """Writes the folder; without a source on a hospital that is made up. `progress` is told how many are drawn.

    `lessons` is a teacher's part: it may reword what is drawn and adds rows of its own.

    Raises InvalidRequest for a source in which no patient has enough to ask about.
    """
    source = source or made_up(seed, -(-examples // PER_VIEW))
    counts: Counter[tuple[str, str, str]] = Counter()
    charts: Counter[str] = Counter()
    writer, drawn = RowWriter(), 0
    with FolderWriter(folder, taught=lessons is not None) as out:
        for number, view in enumerate(_views(source, seed)):
            rng = random.Random(f"{seed}/{number}/questions")  # noqa: S311 - reproducible data, no secret
            out.add_chart(view)
            charts[view.split] += 1
            rows = list(writer.rows(view, min(PER_VIEW, examples - drawn), rng))
            drawn += len(rows)
            if lessons is not None:
                rows, told = lessons.taught(view, rows)
                out.add_lessons(told)
            out.add_rows(rows)
            counts.update((row.split, row.task, row.family) for row in rows)
            progress(drawn)
            if drawn >= examples:
                break
    teacher = lessons.card() if lessons is not None else None
    card = DataCard.of(source, seed, counts, charts, file_hashes(folder), teacher)
    write_card(folder, card)
    return card


def _views(source: Source, seed: int) -> Iterator[View]:
    """Views of one patient after the other, again and again. Raises InvalidRequest after many that held too little."""
    empty, number = 0, 0
    while empty < _MOST_EMPTY:
        patient = source.patients[number % len(source.patients)]
        rng = random.Random(f"{seed}/{number}/view")  # noqa: S311 - reproducible data, no secret
        short = rng.random() < _SHORT_SHARE
        number += 1
        view = draw_view(patient, number, source.read(patient), rng, short=short)
        empty = 0 if view else empty + 1
        if view is not None:
            yield view
    raise InvalidRequest("No patient of the source has enough to ask about")
