"""Charts, grounds and rows that the tests of generated data share, drawn once."""

import random
from functools import cache

from chartline.learning.generation.charts import generate_chart
from chartline.learning.generation.examples import Row, RowWriter
from chartline.learning.generation.ground import Ground
from chartline.learning.generation.views import View, draw_now, draw_view


@cache
def views(short: bool = False) -> tuple[View, ...]:
    """Some forty views of as many patients."""
    rng = random.Random(7)
    drawn = (draw_view(f"Patient/{n}", 1, generate_chart(n, 200), rng, short=short) for n in range(40))
    return tuple(view for view in drawn if view is not None)


@cache
def train_view() -> View:
    return next(view for view in views() if view.split == "train" and len(view.chart.events) > 150)


def ground(seed: int = 1) -> Ground:
    return Ground(train_view(), draw_now(train_view(), random.Random(seed)))


@cache
def rows() -> tuple[tuple[View, Row], ...]:
    """Forty rows of each view, short and long ones: so many that luck decides no share."""
    writer, rng = RowWriter(), random.Random(11)
    return tuple((view, row) for view in (*views(True), *views()) for row in writer.rows(view, 40, rng))
