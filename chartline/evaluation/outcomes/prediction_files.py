"""Predictions as parquet in MEDS evaluation's columns, which any scorer of label files reads."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from chartline.learning.outcomes.kept import Prediction
from chartline.learning.tasks.label_files import LabelRow


def write_predictions(file: Path, rows: Sequence[LabelRow], predictions: Sequence[Prediction]) -> None:
    """subject_id, prediction_time, predicted_boolean_probability (null: abstained), reason."""
    columns = {
        "subject_id": pa.array([row.subject for row in rows], pa.int64()),
        "prediction_time": pa.array([row.local for row in rows], pa.timestamp("us")),
        "predicted_boolean_probability": pa.array([p.probability for p in predictions], pa.float64()),
        "reason": pa.array([p.reason for p in predictions], pa.string()),
    }
    file.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.table(columns), file)
