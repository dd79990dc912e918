"""What training shows the model is what the gateway writes."""

from chartline.language.prompt import planning_text, retry_hint
from chartline.learning.generation.drawing import Example
from chartline.learning.training.data import asked_text
from chartline.record.times import parse_instant


def test_turns_and_the_refused_plan_stand_in_the_prompt() -> None:
    now = parse_instant("2100-12-31T23:59:00")
    hint = retry_hint('get value of lab "zinc"', "the question says last")
    example = Example("x", "The last one?", 'get value of last lab "zinc"', (("Any zinc?", "Yes."),), (hint,))
    text = asked_text(example, now)
    assert text == planning_text("The last one?", now, [("Any zinc?", "Yes.")], [hint])
    assert "Earlier question: Any zinc?" in text
    assert """Hint: Not 'get value of lab "zinc"': the question says last.""" in text
