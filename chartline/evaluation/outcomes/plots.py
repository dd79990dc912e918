"""Calibration, ROC and precision-recall curves as one SVG: the same bytes for the same numbers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from xml.sax.saxutils import escape

import numpy as np
from sklearn.metrics import precision_recall_curve, roc_curve

from chartline.evaluation.outcomes.metrics import Floats, Outcomes

_SIDE, _GAP, _TOP = 260, 60, 40
#: Okabe and Ito's colours, told apart by colour-blind readers.
_COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000", "#F0E442")
_BINS = 10
_Points = list[tuple[float, float]]


def draw(title: str, curves: Mapping[str, tuple[Outcomes, Floats]]) -> str:
    """Three panels with a line for each model, on the cases that it did not abstain from."""
    panels = (
        ("predicted", "observed", _reliability, True),
        ("false positives", "true positives", _roc, True),
        ("recall", "precision", _precision, False),
    )
    height = _TOP + _SIDE + _GAP + 18 * len(curves)
    width = len(panels) * (_SIDE + _GAP) + _GAP
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" font-family="sans-serif" '
        'font-size="12">',
        f'<rect width="{width}" height="{height}" fill="white"/>',
        f'<text x="{_GAP}" y="22" font-size="14">{escape(title)}</text>',
    ]
    for place, (across, up, curve, diagonal) in enumerate(panels):
        lines = [curve(outcomes, probabilities) for outcomes, probabilities in curves.values()]
        parts += _panel(_GAP + place * (_SIDE + _GAP), across, up, lines, diagonal)
    for place, name in enumerate(curves):
        y = _TOP + _SIDE + _GAP + 18 * place - 10
        colour = _COLOURS[place % len(_COLOURS)]
        parts.append(f'<rect x="{_GAP}" y="{y - 9}" width="14" height="9" fill="{colour}"/>')
        parts.append(f'<text x="{_GAP + 20}" y="{y}">{escape(name)}</text>')
    return "\n".join([*parts, "</svg>"]) + "\n"


def _panel(left: int, across: str, up: str, lines: Iterable[_Points], diagonal: bool) -> list[str]:
    bottom = _TOP + _SIDE
    parts = [f'<rect x="{left}" y="{_TOP}" width="{_SIDE}" height="{_SIDE}" fill="none" stroke="#888"/>']
    if diagonal:
        parts.append(f'<line x1="{left}" y1="{bottom}" x2="{left + _SIDE}" y2="{_TOP}" stroke="#ccc"/>')
    for tick in (0, 0.5, 1):
        parts.append(f'<text x="{left + tick * _SIDE:.0f}" y="{bottom + 14}" text-anchor="middle">{tick}</text>')
        parts.append(f'<text x="{left - 5}" y="{bottom - tick * _SIDE + 4:.0f}" text-anchor="end">{tick}</text>')
    parts.append(f'<text x="{left + _SIDE / 2:.0f}" y="{bottom + 30}" text-anchor="middle">{across}</text>')
    turned = f'transform="rotate(-90 {left - 28} {_TOP + _SIDE / 2:.0f})"'
    parts.append(f'<text x="{left - 28}" y="{_TOP + _SIDE / 2:.0f}" text-anchor="middle" {turned}>{up}</text>')
    for place, points in enumerate(lines):
        path = " ".join(f"{left + x * _SIDE:.1f},{bottom - y * _SIDE:.1f}" for x, y in points)
        colour = _COLOURS[place % len(_COLOURS)]
        parts.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="1.5"/>')
    return parts


def _reliability(outcomes: Outcomes, probabilities: Floats) -> _Points:
    """Mean outcome over mean probability in bins of equal mass."""
    order = np.argsort(probabilities, kind="stable")
    parts = [part for part in np.array_split(order, min(_BINS, len(order))) if len(part)]
    return [(float(probabilities[part].mean()), float(outcomes[part].mean())) for part in parts]


def _roc(outcomes: Outcomes, probabilities: Floats) -> _Points:
    false, true, _ = roc_curve(outcomes, probabilities)
    return list(zip(false.tolist(), true.tolist(), strict=True))


def _precision(outcomes: Outcomes, probabilities: Floats) -> _Points:
    precision, recall, _ = precision_recall_curve(outcomes, probabilities)
    return list(zip(recall.tolist(), precision.tolist(), strict=True))
