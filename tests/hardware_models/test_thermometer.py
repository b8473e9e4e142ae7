"""Loggers show a lagged, biased, drifting, noisy, stepped temperature; gateways lose, keep and repeat readings."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hardware_models.thermometer import Gateway, Thermometer, arrivals, errors, lag_kept, lagged, shown, transmit
from sim.streams import key

KEY = key(3, "sensors")
SAMPLES = 96
HOURS = np.broadcast_to(np.arange(SAMPLES) * 0.25 - 1.0, (400, SAMPLES))
DEVICES = np.arange(400)
IDEAL = Thermometer(
    lag_seconds=0.0,
    accuracy_k=0.0,
    noise_k=0.0,
    drift_k_year=0.0,
    resolution_k=2.0**-20,
    dropout_share=0.0,
    battery_days=1e9,
    swap_days=0.0,
    skew_seconds=0.0,
)
LINE = Gateway(outage_day=0.0, outage_hours=2.0, resend_share=0.0, resend_minutes=15.0)


def test_after_a_step_the_gap_closes_by_the_time_constant():
    hours = np.array([[0.0, 1.0, 1.5, 2.0, 5.0]])
    seen = lagged(replace(IDEAL, lag_seconds=1800.0), np.array([[4.0, 12.0, 12.0, 12.0, 12.0]]), hours)[0]
    assert seen[:2].tolist() == [4.0, 4.0]  # the step comes at 1 h: then nothing of it is seen yet
    assert seen[2:] == pytest.approx(12.0 - 8.0 * np.exp([-1.0, -2.0, -8.0]), abs=1e-9)
    assert lag_kept(IDEAL, 0.25) == 0.0


@given(st.lists(st.floats(-20, 40), min_size=1, max_size=30), st.floats(1, 7200))
@settings(deadline=None)
def test_what_is_seen_stays_within_what_was(true_c, lag):
    true = np.array([true_c])
    seen = lagged(replace(IDEAL, lag_seconds=lag), true, np.arange(len(true_c))[None, :] * 0.1)
    assert seen[0, 0] == true_c[0]
    assert (seen >= np.minimum.accumulate(true, axis=1) - 1e-9).all()
    assert (seen <= np.maximum.accumulate(true, axis=1) + 1e-9).all()


def test_an_ideal_device_adds_nothing_and_takes_every_sample():
    error = errors(IDEAL, KEY, 0, DEVICES, SAMPLES)
    assert not error.added_k.any() and error.taken.all() and not error.skew_hours.any()


def test_a_devices_bias_is_its_own_and_the_same_every_day():
    sensor = replace(IDEAL, accuracy_k=0.5)
    days = np.array([errors(sensor, KEY, day, DEVICES, 1).added_k[:, 0] for day in (0, 7, 300)])
    assert np.ptp(days, axis=0).max() < 1e-9 and len(np.unique(days[0])) == 400
    assert abs(days[0].mean()) < 4 * 0.5 / 20 and abs(days[0].std() - 0.5) < 4 * 0.5 / np.sqrt(800)


def test_drift_grows_with_the_devices_age():
    sensor = replace(IDEAL, drift_k_year=0.1, battery_days=10.0)
    first, later = (errors(sensor, KEY, day, DEVICES, 1).added_k[:, 0] for day in (0, 3_652))
    assert np.abs(later).mean() > 20 * np.abs(first).mean()
    assert abs(later.std() - 1.0) < 0.2


def test_noise_has_its_size_and_is_new_in_every_reading():
    noise = errors(replace(IDEAL, noise_k=0.2), KEY, 0, DEVICES, SAMPLES).added_k
    assert abs(noise.mean()) < 4 * 0.2 / np.sqrt(noise.size)
    assert abs(noise.std() - 0.2) < 4 * 0.2 / np.sqrt(2 * noise.size)
    assert not (noise == errors(replace(IDEAL, noise_k=0.2), KEY, 1, DEVICES, SAMPLES).added_k).any()


@given(st.sampled_from([0.0625, 0.1, 0.5, 1.0]), st.floats(-20, 40))
@settings(deadline=None)
def test_readings_stand_on_the_steps_of_the_resolution(resolution, celsius):
    reading = float(shown(replace(IDEAL, resolution_k=resolution), np.array([celsius]), np.array([0.3]))[0])
    assert reading / resolution == pytest.approx(np.rint(reading / resolution), abs=1e-9)
    assert abs(reading - celsius - 0.3) <= resolution / 2 + 1e-9


def test_dropped_samples_are_as_many_as_the_data_sheet_says():
    taken = errors(replace(IDEAL, dropout_share=0.3), KEY, 0, DEVICES, SAMPLES).taken
    assert abs(taken.mean() - 0.7) < 4 * np.sqrt(0.3 * 0.7 / taken.size)


def test_a_device_with_an_empty_battery_is_silent_until_somebody_changes_it():
    sensor = replace(IDEAL, battery_days=20.0, swap_days=5.0)
    days = np.array([errors(sensor, KEY, day, DEVICES, 2).taken.all(axis=1) for day in range(100)])
    assert abs(days.mean() - 0.8) < 0.02
    assert (errors(sensor, KEY, 3, DEVICES, 2).taken == days[3][:, None]).all()


def test_clocks_are_wrong_by_their_own_error():
    skew = errors(replace(IDEAL, skew_seconds=60.0), KEY, 0, DEVICES, 1).skew_hours * 3600
    assert abs(skew.std() - 60) < 10
    assert (errors(replace(IDEAL, skew_seconds=60.0), KEY, 9, DEVICES, 1).skew_hours * 3600 == skew).all()


def test_what_was_kept_while_offline_arrives_after_it_the_newest_first():
    delay = arrivals(replace(LINE, outage_day=1.0), KEY, 0, DEVICES, HOURS)
    late = delay > 0
    assert 0.02 < late.mean() < 0.15
    device = np.flatnonzero(late.sum(axis=1) > 3)[0]
    arrived = (HOURS + delay)[device][late[device]]
    assert (np.diff(arrived) < 0).all() and np.ptp(arrived) < 0.1
    assert not arrivals(LINE, KEY, 0, DEVICES, HOURS).any()


def test_devices_behind_one_gateway_are_offline_together():
    delay = arrivals(replace(LINE, outage_day=1.0), KEY, 0, DEVICES // 4, HOURS)
    assert ((delay > 0)[0::4] == (delay > 0)[3::4]).all()


def test_a_repeated_reading_is_the_same_sample_later():
    taken = np.ones((400, SAMPLES), bool)
    sent = transmit(replace(LINE, resend_share=0.25), KEY, 0, DEVICES, taken, np.zeros((400, SAMPLES)))
    assert len(sent.row) == pytest.approx(1.25 * taken.size, rel=0.02)
    again = sent.delay_hours > 0
    assert sent.delay_hours[again] == pytest.approx(0.25)
    first = set(zip(sent.row[~again].tolist(), sent.sample[~again].tolist(), strict=True))
    assert set(zip(sent.row[again].tolist(), sent.sample[again].tolist(), strict=True)) < first


def test_a_device_reads_the_same_whoever_else_reads():
    sensor = replace(IDEAL, accuracy_k=0.5, noise_k=0.2, drift_k_year=0.1, dropout_share=0.2, skew_seconds=9.0)
    alone, among = errors(sensor, KEY, 4, np.array([5]), 10), errors(sensor, KEY, 4, DEVICES, SAMPLES)
    assert (alone.added_k[0] == among.added_k[5, :10]).all() and (alone.taken[0] == among.taken[5, :10]).all()
