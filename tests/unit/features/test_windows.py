"""Every window is a union of buckets, and no bucket is wider than its bits."""

import pytest

from crosschannel.features.windows import BITS, buckets_of


@pytest.mark.parametrize("windows", [[1], [7, 28, 84], [90, 7, 7], [62, 63], [730, 365, 30]])
def test_windows_end_where_buckets_end(windows: list[int]) -> None:
    buckets = buckets_of(windows)
    assert {buckets.ends[buckets.within(w)[-1]] for w in windows} == set(windows)
    assert all(end - start <= BITS for start, end in zip((0, *buckets.ends), buckets.ends, strict=False))
    assert list(buckets.ends) == sorted(set(buckets.ends))


def test_without_windows_all_ages_share_one_bucket() -> None:
    assert buckets_of([]).ends == ()
