"""Rows with the same keys form a group; groups stand in the order of their keys."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.grouping import group

ROWS = st.lists(st.tuples(st.integers(-3, 40), st.integers(0, 5), st.sampled_from([0, 1, 10**9])), max_size=60)


@given(ROWS)
def test_groups_are_those_of_numpy(rows: list[tuple[int, int, int]]) -> None:
    table = np.array(rows, np.int64).reshape(-1, 3)
    distinct, index = np.unique(table, axis=0, return_inverse=True)
    found = group(*table.T)
    assert np.column_stack(found.keys).tolist() == distinct.tolist()
    assert found.of_row.tolist() == index.reshape(-1).tolist()
    assert found.size == len(distinct)


def test_keys_that_fit_no_number_are_refused() -> None:
    far = np.array([0, 1 << 40])
    with pytest.raises(ValueError, match="do not fit"):
        group(far, far)
