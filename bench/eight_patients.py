"""Eight patients asked at once: our engine with and without their charts kept, against one question after the other.

Two peers answer in turn: transformers with the events sent anew (Llemr's way, which knows no warm), and our own engine.
Figures are tokens written a second, over all patients.

    python bench/eight_patients.py [--patients 8] [--events 1024] [--tokens 32] [--rounds 3]
"""

import argparse
from collections.abc import Callable
from itertools import count

from side_by_side.language_models import Chart, Ours, Prompt, Resending, add_arguments, load
from side_by_side.report import Line, Report, arguments
from side_by_side.rounds import paired, rate

GENERATE = "transformers generate, in turn"
IN_TURN = "our engine, in turn"
GOALS = {"warm": 3.0, "cold": 1.25}


class Ward:
    """The patients in one bench: the same ones when warm, new ones each time when cold."""

    def __init__(self, options: argparse.Namespace, ours: Ours, theirs: Resending) -> None:
        self._options = options
        self._ours, self._theirs = ours, theirs
        self._seeds, self._questions = count(1), count(1)
        self._known = self._charts()

    def _charts(self) -> list[Chart]:
        return [Chart.random(next(self._seeds), self._options.events) for _ in range(self._options.patients)]

    def _asked(self, warm: bool) -> list[Chart]:
        """Warm ones are shown first, outside of the measured time: cold ones may have taken their place."""
        if not warm:
            return self._charts()
        for chart in self._known:
            self._ours.write(chart, Prompt("\nQuestion: any?"), warm=False)
        return self._known

    def _question(self) -> Prompt:
        text = f"\nQuestion: what happened on day {next(self._questions)} of the stay?"
        return Prompt(text, most_tokens=self._options.tokens)

    def at_once(self, warm: bool) -> float:
        charts = self._asked(warm)

        def answer() -> int:
            writing = [self._ours.begin(chart, self._question(), warm=warm) for chart in charts]
            return sum(each.tokens() for each in writing)

        return rate(answer)

    def in_turn(self, warm: bool) -> float:
        charts = self._asked(warm)
        return rate(lambda: sum(self._ours.write(chart, self._question(), warm=warm) for chart in charts))

    def resent(self) -> float:
        return rate(lambda: sum(self._theirs.write(chart, self._question()) for chart in self._known))


def measure(options: argparse.Namespace) -> Report:
    ours, theirs, facts = load(options)
    ward = Ward(options, ours, theirs)
    ways: dict[str, Callable[[], float]] = {GENERATE: ward.resent}
    for state in GOALS:
        ways[state] = lambda warm=state == "warm": ward.at_once(warm)  # type: ignore[misc]
        ways[f"{state} in turn"] = lambda warm=state == "warm": ward.in_turn(warm)  # type: ignore[misc]
    taken = paired(options.rounds, ways)
    ours.close()
    lines = []
    for state, goal in GOALS.items():
        what = f"{options.patients} patients at once, {state}"
        lines.append(Line(what, GENERATE, "tokens/s", taken[state], taken[GENERATE], goal))
        lines.append(Line(what, IN_TURN, "tokens/s", taken[state], taken[f"{state} in turn"]))
    return Report("eight_patients", lines, {**facts, "events": options.events, "tokens": options.tokens})


def main() -> None:
    parser = arguments(__doc__, rounds=3)
    add_arguments(parser)
    parser.add_argument("--patients", type=int, default=8)
    parser.add_argument("--events", type=int, default=1024, help="in the chart of each patient")
    parser.add_argument("--tokens", type=int, default=32, help="of an answer")
    options = parser.parse_args()
    measure(options).publish(options)


if __name__ == "__main__":
    main()
