"""The policy keeps what linli's decision port asks of every policy, and orders what it says it does."""

import numpy as np
import pytest
from linli_cover.cover import Cover

from policies.conformance import check
from policies.synthetic import observation


@pytest.mark.parametrize("params", [{}, {"cover_days": 0.0, "days": 1}, {"cover_days": 6.5, "days": 28}])
def test_it_conforms(params):
    check(Cover(**params))


def test_it_orders_whole_cases_up_to_the_cover():
    asked = observation(
        "replenish", 2, sales=np.full((2, 28), 4), stock_out=np.full((2, 28), False), days_known=[28, 0],
        prior_daily=[9.0, 10.0], on_hand=[3, 3], on_order=[0, 2], lead_days=[1.0, 1.0], life_days=[20.0, 1.0],
        case_packs=[3, 6],
    )
    # 4 a day for 1 + 2 days less 3 on hand are three cases of 3; 10 a day for 1 + 1 days less 5 are 15: three of 6
    assert Cover(cover_days=2).decide(asked)["packs"].to_pylist() == [9, 18]


def test_days_with_an_empty_shelf_do_not_count():
    sales = np.tile([[0] * 14 + [6] * 14], (1, 1))
    asked = observation(
        "replenish", 1, sales=sales, stock_out=sales == 0, days_known=[28], on_hand=[0], on_order=[0],
        lead_days=[1.0], life_days=[9.0], case_packs=[1],
    )
    assert Cover(cover_days=1, days=28).decide(asked)["packs"].to_pylist() == [12]


def test_parameters_out_of_range_are_refused():
    with pytest.raises(ValueError, match="days from 1 to 28"):
        Cover(days=0)
