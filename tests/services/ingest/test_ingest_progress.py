from concurrent.futures import Future

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ingest.progress import Progress, offsets


def finished():
    future = Future()
    future.set_result(None)
    return future


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("poll"), st.sets(st.integers(0, 2), min_size=1)),
        st.tuples(st.just("durable"), st.integers(0, 5)),
        st.tuples(st.just("commit"), st.none()),
        st.tuples(st.just("revoke"), st.integers(0, 2)),
    ),
    max_size=60,
)


@given(STEPS)
def test_nothing_is_committed_before_it_and_all_before_it_are_durable(steps):
    progress, batches, taken = Progress(), [], dict.fromkeys(range(3), 0)
    for step, value in steps:
        if step == "poll":
            for partition in value:
                taken[partition] += 1
            future = Future()
            batches.append((future, {p: taken[p] for p in value}))
            progress.begin(future, [0.0], {p: taken[p] for p in value})
        elif step == "durable":
            waiting = [future for future, _ in batches if not future.done()]
            if value < len(waiting):
                waiting[value].set_result(None)
        elif step == "commit":
            durable = progress.durable()
            first_open = next((number for number, (f, _) in enumerate(batches) if not f.done()), len(batches))
            for partition, offset in offsets(durable).items():
                assert any(known.get(partition) == offset for _, known in batches[:first_open])
            progress.commit(durable)
        else:
            progress.forget([value])
            assert progress.committed(value) is None
            assert value not in offsets(progress.durable())


def test_a_failed_delivery_ends_the_consumer():
    failed: Future[object] = Future()
    failed.set_exception(RuntimeError("a bug"))
    progress = Progress()
    progress.begin(failed, [1.0], {"p": 1})
    with pytest.raises(RuntimeError):
        progress.durable()


def test_the_oldest_record_that_is_not_committed_is_known():
    progress = Progress()
    assert progress.oldest is None
    progress.begin(finished(), [5.0, 3.0], {"p": 2})
    assert progress.oldest == 3.0
    progress.commit(progress.durable())
    assert progress.oldest is None
    assert progress.committed("p") == 2
