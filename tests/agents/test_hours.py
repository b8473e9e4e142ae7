"""The profiles of day and week are shares, and peak where their sources say."""

import numpy as np
import pytest

from agents.demand.hours import load_hours


def test_profiles_are_shares_of_one_business_day() -> None:
    hours = load_hours()
    for profile in (hours.sales, hours.app_orders, hours.pickup):
        assert profile.shape == (24,) and profile.min() >= 0.0
        assert profile.sum() == pytest.approx(1.0, abs=1e-12)
    assert hours.weekday.mean() == pytest.approx(1.0, abs=1e-12)
    assert hours.sales[:16].sum() + hours.sales[23] == pytest.approx(hours.before_delivery, abs=1e-3)
    assert 0 < hours.morning < hours.before_delivery < 1


def test_peaks() -> None:
    hours = load_hours()
    assert set(np.argsort(hours.app_orders)[-3:]) == {19, 20, 21}
    assert set(np.argsort(hours.pickup)[-2:]) == {18, 19}
    assert hours.pickup[:16].sum() == 0.0
    assert hours.weekday[5:].min() > hours.weekday[:5].max()


def test_profiles_are_read_only() -> None:
    with pytest.raises(ValueError, match="read-only"):
        load_hours().sales[0] = 1.0
