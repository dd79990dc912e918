"""The instruction in front of a record: it turns one record into as many vectors as there are questions about it.

The EHR-encoder paper (B3, B8): macro AUROC .769 with the task's own question, .746 with a neutral one, .740 with none.
"""

from __future__ import annotations

#: Where a task asks nothing in words.
NEUTRAL = "what are the key clinical features of the patient to predict future medical events"


def instructed(form: str, question: str, record: str) -> str:
    """`form` is what the record is written as: "a newline separated list"."""
    query = question or NEUTRAL
    return (
        f"Instruct: Given a patient's electronic healthcare record (EHR) as {form}, retrieve relevant passages that "
        f"answer the query: {query}\nQuery:\n{record}"
    )
