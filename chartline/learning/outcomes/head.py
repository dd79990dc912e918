"""Fits a head: a model, its calibration, its limits and what its cases were like, each on patients of its own."""

from __future__ import annotations

from collections.abc import Sequence

from chartline.errors import InvalidRequest
from chartline.learning.outcomes.abstention import fit_abstention
from chartline.learning.outcomes.calibration import fit_calibration
from chartline.learning.outcomes.cases import Case
from chartline.learning.outcomes.drift import fit_reference
from chartline.learning.outcomes.kept import Origin, OutcomeHead
from chartline.learning.outcomes.models import new_model
from chartline.learning.outcomes.splits import Parts


def fit_head(origin: Origin, cases: Sequence[Case], parts: Parts) -> OutcomeHead:
    """Learns from `parts.train`, tunes on `valid`, calibrates on `calibration`; `test` is not looked at.

    Raises InvalidRequest where the cases cannot train or calibrate anything.
    """
    train, valid, calibration = ([cases[i] for i in part] for part in (parts.train, parts.valid, parts.calibration))
    if len({case.label for case in train}) < 2:
        raise InvalidRequest(f"not trained: {len(train)} training cases have one outcome alone")
    model = new_model(origin.model, origin.question)
    model.fit(train, valid, origin.seed)
    labels, patients = [case.label for case in calibration], [case.patient for case in calibration]
    scores = model.predict(calibration)
    fitted, limits = fit_calibration(scores, labels, patients), fit_abstention(train, calibration)
    reference = fit_reference(calibration, limits, fitted.apply(scores))
    return OutcomeHead(origin, model, fitted, limits, reference)
