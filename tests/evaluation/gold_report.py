"""Writes docs/results/gold_plans.md: how many golds the hand-written plans reproduce, and why not the others.

Prints the plans that miss, with what came back.

python -m tests.evaluation.gold_report
"""

from collections.abc import Iterable, Sequence
from pathlib import Path

from tests.evaluation.gold_run import EXCEPTIONS, SOURCES, Tried, run

_REPORT = Path(__file__).parents[2] / "docs" / "results" / "gold_plans.md"
_INTRODUCTION = """# Hand-written plans against golds

Written by `python -m tests.evaluation.gold_report`. One or a few plans were written by hand for each kind of question
(`tests/evaluation/gold_plans.toml`), their names, times and numbers are read from the question by fixed rules, and no
language model takes part: the table says what the language of plans, the linker, the executor and the mapping of the
tables are worth by themselves. Golds were made by others; only ids are given here.

- *exact*: the values equal the gold by the evaluation kit's own scorer;
- *right golds*: the same without the questions whose gold is at fault;
- *refused*: plans that the rules a model's plan is held to would not let through.
"""


def report(tried: dict[str, list[Tried]]) -> str:
    every = [one for ones in tried.values() for one in ones]
    rows = [_row(source, ones) for source, ones in [*tried.items(), ("all", every)]]
    head = ["questions", "kinds", "exact", "exact of right golds", "refused"]
    parts = [_INTRODUCTION, table(["source", *head], rows), "## Exceptions\n", table(*_exceptions(every))]
    return "\n".join(parts)


def _row(source: str, tried: Sequence[Tried]) -> list[str]:
    right = [one for one in tried if one.fault != "gold"]
    kinds = {one.question["template"] for one in tried}
    refused = sum(bool(one.refused) for one in tried)
    return [source, f"{len(tried):,}", str(len(kinds)), _share(tried), _share(right), str(refused)]


def _share(tried: Sequence[Tried]) -> str:
    exact = sum(one.exact for one in tried)
    return f"{exact:,} ({exact / len(tried):.2%})"


def _exceptions(tried: Iterable[Tried]) -> tuple[list[str], list[list[str]]]:
    missed = {one.question["id"] for one in tried if not one.exact}
    rows = []
    for exception in EXCEPTIONS:
        ids = [question for question in exception["questions"] if question in missed]
        if ids:
            rows.append([str(len(ids)), exception["fault"], exception["reason"], ", ".join(ids)])
    unexplained = sorted(missed.difference(*(exception["questions"] for exception in EXCEPTIONS)))
    if unexplained:
        rows.append([str(len(unexplained)), "?", "Not explained.", ", ".join(unexplained)])
    return ["questions", "at fault", "why", "ids"], rows


def table(head: list[str], rows: Iterable[list[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"


def misses(tried: Iterable[Tried]) -> Iterable[str]:
    """For the terminal: what was executed and what came back."""
    return (f"{one.question['id']}\n  {one.plan}\n  {', '.join(one.answer)}" for one in tried if not one.exact)


if __name__ == "__main__":
    results = {source: list(run(source)) for source in SOURCES}
    print(*(miss for tried in results.values() for miss in misses(tried)), sep="\n")
    _REPORT.write_text(report(results))
