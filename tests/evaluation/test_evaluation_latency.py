"""The table of latencies: medians and tails by step, those of kept charts apart."""

import pytest

from chartline.evaluation.latency import HEAD, latency_rows


def answer(ms: float, plan: float, *, warm: bool) -> dict[str, object]:
    return {"latency_ms": ms, "steps_ms": {"prefix": 1.0, "plan": plan, "execute": 2.0, "say": 3.0}, "warm": warm}


def test_medians_and_tails_of_all_and_of_kept_charts() -> None:
    cold, warm = answer(100.0, 90.0, warm=False), [answer(10.0 + i, 4.0 + i, warm=True) for i in range(20)]
    rows = [dict(zip(HEAD, row, strict=True)) for row in latency_rows([cold, *warm])]
    assert [row["ms"] for row in rows] == ["all", "chart kept"]
    assert [row["answers"] for row in rows] == ["21", "20"]
    assert [row["median"] for row in rows] == ["20", "20"]
    assert float(rows[0]["p95"]) == pytest.approx(29, abs=1)
    assert (rows[1]["plan, median"], rows[1]["say, p95"]) == ("14", "3")


def test_what_never_ran_counts_nowhere() -> None:
    refused = {"latency_ms": 30_000.0, "status": "UNAVAILABLE"}
    assert latency_rows([refused]) == []
    no_plan = {"latency_ms": 50.0, "steps_ms": {"prefix": 1.0, "plan": 40.0}, "warm": True}
    assert [row[0] for row in latency_rows([refused, no_plan])] == ["all", "chart kept"]
