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
            progress.begin(future, 0.0, [0.0], {p: range(taken[p] - 1, taken[p]) for p in value})
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
    progress.begin(failed, 0.0, [1.0], {"p": range(1)})
    with pytest.raises(RuntimeError):
        progress.durable()


def test_the_oldest_record_that_is_not_committed_is_known():
    progress = Progress()
    assert progress.oldest is None
    progress.begin(finished(), 9.0, [5.0, 3.0], {"p": range(2)})
    assert progress.oldest == 3.0
    progress.commit(progress.durable())
    assert progress.oldest is None
    assert progress.committed("p") == 2


def test_work_is_as_old_as_its_batch_whatever_its_records_are():
    progress = Progress()
    assert progress.begun is None
    deliveries = [Future(), Future()]
    for begun, delivery in zip((100.0, 101.0), deliveries, strict=True):
        progress.begin(delivery, begun, [5.0], {"p": range(2)})
    assert progress.begun == 100.0
    deliveries[0].set_result(None)
    assert progress.begun == 101.0


def test_what_is_durable_and_waits_for_its_commit_is_no_work():
    progress = Progress()
    progress.begin(finished(), 100.0, [5.0], {"p": range(2)})
    assert progress.begun is None
    assert progress.oldest == 5.0


def test_what_is_not_durable_is_known_before_the_first_commit():
    progress = Progress()
    progress.begin(Future(), 0.0, [0.0], {"p": range(7, 9)})
    progress.begin(Future(), 0.0, [0.0], {"p": range(9, 12)})
    assert progress.committed("p") == 7
