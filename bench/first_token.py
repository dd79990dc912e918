"""From a question to the first token: the kept chart of our engine against transformers with the events sent anew.

A question costs the first token of its plan (with the grammar, made anew for every question) and the first token of
its answer, which continues the plan and its result. The peer is Llemr's way: `generate` reads the whole chart for each
of them; it has no grammar.

    python bench/first_token.py [--events 256 1024 4096] [--rounds 5] [--model FOLDER] [--dtype bfloat16]
"""

import argparse
from collections.abc import Iterator
from itertools import count

from side_by_side.language_models import Chart, Ours, Prompt, Resending, add_arguments, load
from side_by_side.report import Line, Report, arguments
from side_by_side.rounds import paired, seconds

from chartline.language.plan_grammar import plan_grammar
from chartline.language.prompt import planning_text, saying_text
from chartline.record.times import parse_instant

PEER = "transformers generate"
GOALS = {1024: 8.0, 4096: 25.0}
NOW = parse_instant("2100-03-12T08:00:00Z")
PLAN = 'get value of last lab "creatinine"'
RESULT = "found 1.40 mg/dL on 2100-03-11 06:30"

Seconds = tuple[float, float]


def questions() -> Iterator[tuple[Prompt, Prompt]]:
    """The prompts of a plan and of its answer, another question each time."""
    for number in count(1):
        question = f"What was the last creatinine of the patient before day {number}?"
        asked = planning_text(question, NOW)
        yield Prompt(asked, grammar=plan_grammar(question)), Prompt(asked, saying_text(PLAN, RESULT))


def measure_chart(events: int, ours: Ours, theirs: Resending, rounds: int) -> Iterator[Line]:
    chart, asked = Chart.random(events, events), questions()
    ours.write(chart, Prompt("\nQuestion: any?"), warm=False)

    def kept() -> Seconds:
        plan, answer = next(asked)
        return (
            seconds(lambda: ours.write(chart, plan, warm=True)),
            seconds(lambda: ours.write(chart, answer, warm=True)),
        )

    def resent() -> Seconds:
        plan, answer = next(asked)
        return seconds(lambda: theirs.write(chart, plan)), seconds(lambda: theirs.write(chart, answer))

    taken = paired(rounds, {"ours": kept, "theirs": resent})
    for part, (name, goal) in enumerate((("plan", GOALS.get(events)), ("answer", None))):
        sides = ([each[part] * 1e3 for each in taken[side]] for side in ("ours", "theirs"))
        yield Line(f"first {name} token, {events:,} events", PEER, "ms", *sides, goal)


def measure(options: argparse.Namespace) -> Report:
    ours, theirs, facts = load(options)
    lines = [line for events in options.events for line in measure_chart(events, ours, theirs, options.rounds)]
    ours.close()
    return Report("first_token", lines, facts)


def main() -> None:
    parser = arguments(__doc__, rounds=5)
    add_arguments(parser)
    parser.add_argument("--events", type=int, nargs="+", default=[256, 1024, 4096])
    options = parser.parse_args()
    measure(options).publish(options)


if __name__ == "__main__":
    main()
