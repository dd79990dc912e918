import pytest
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import Tokenizer, decoders, models, pre_tokenizers
from transformers import PreTrainedTokenizerFast

from chartline.models.text_stream import TextStream


@pytest.fixture(scope="module")
def tokenizer() -> PreTrainedTokenizerFast:
    """One token per byte, so that every other character is cut."""
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    tokenizer = Tokenizer(models.BPE(vocab={token: i for i, token in enumerate(alphabet)}, merges=[]))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    return PreTrainedTokenizerFast(tokenizer_object=tokenizer)


@given(text=st.text(max_size=40))
def test_pieces_are_whole_characters_and_join_to_the_text(tokenizer: PreTrainedTokenizerFast, text: str):
    text = text.replace("\ufffd", "?")
    ids = tokenizer(text)["input_ids"] if text else []
    stream = TextStream(tokenizer, [])
    pieces = [stream.add([token]) for token in ids]
    assert all("\ufffd" not in piece for piece in pieces)
    assert "".join(pieces) + stream.rest() == text


@given(text=st.text(alphabet="ab|.", max_size=30), sizes=st.lists(st.integers(1, 5), min_size=30, max_size=30))
def test_nothing_of_a_stop_string_or_behind_it_is_sent(tokenizer: PreTrainedTokenizerFast, text: str, sizes: list[int]):
    stop = ("|.", "aab|")
    ids = tokenizer(text)["input_ids"] if text else []
    stream, sent = TextStream(tokenizer, [], stop), ""
    for size in sizes:
        if not stream.stopped and ids:
            piece, ids = ids[:size], ids[size:]
            sent += stream.add(piece)
    sent += stream.rest()
    ends = [at for mark in stop if (at := text.find(mark)) >= 0]
    assert stream.stopped == bool(ends)
    # several tokens may come at once, so the cut is at the first stop string of those that were seen
    assert sent == text[: min(ends, default=len(text))]
