"""A thermometer shows a lagged, biased, noisy, stepped temperature, and its gateway loses and repeats readings."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hardware_models.thermometer import Thermometer, lagged, transmit
from sim.streams import key

KEY = key(3, "sensors")
HOURS = np.arange(0.0, 24.0, 0.25)
STEP = np.where(HOURS < 6, 4.0, 12.0)
IDEAL = Thermometer(
    lag_seconds=1e-3,
    accuracy_k=0.0,
    noise_k=0.0,
    resolution_k=2.0**-20,
    dropout_share=0.0,
    resend_share=0.0,
    resend_minutes=30.0,
)


def readings(sensor, device=1, day=0, true_c=STEP, hours=HOURS):
    return transmit(sensor, KEY, day, device, np.asarray(true_c, float), np.asarray(hours, float))


# ---- lag -----------------------------------------------------------------------------------------


def test_after_a_step_the_gap_closes_by_the_time_constant():
    hours = np.array([0.0, 1.0, 1.5, 2.0, 5.0])
    seen = lagged(np.array([4.0, 12.0, 12.0, 12.0, 12.0]), hours, lag_seconds=1800.0)
    assert seen[:2].tolist() == [4.0, 4.0]  # the step comes at 1 h: then nothing of it is seen yet
    assert seen[2:] == pytest.approx(12.0 - 8.0 * np.exp([-1.0, -2.0, -8.0]), abs=1e-9)


@given(st.floats(-30, 40), st.floats(1, 7200))
@settings(deadline=None)
def test_a_steady_temperature_is_shown_as_it_is(celsius, lag):
    assert lagged(np.full(len(HOURS), celsius), HOURS, lag) == pytest.approx(celsius, abs=1e-9)


@given(st.lists(st.floats(-20, 40), min_size=1, max_size=30), st.floats(1, 7200))
@settings(deadline=None)
def test_what_is_seen_stays_within_what_was(true_c, lag):
    seen = lagged(np.array(true_c), np.arange(len(true_c)) * 0.1, lag)
    assert seen[0] == true_c[0]
    running_low, running_high = np.minimum.accumulate(true_c), np.maximum.accumulate(true_c)
    assert (seen >= running_low - 1e-9).all() and (seen <= running_high + 1e-9).all()


def test_no_samples_are_no_readings():
    nothing = np.empty(0)
    assert len(lagged(nothing, nothing, 60.0)) == 0
    sent = readings(IDEAL, true_c=[], hours=[])
    assert [len(column) for column in sent] == [0, 0, 0]


# ---- what the device shows -----------------------------------------------------------------------


def test_an_ideal_device_delivers_the_truth_of_a_sample_before_at_once():
    sent = readings(IDEAL)
    assert sent.sample.tolist() == list(range(len(HOURS))) and not sent.delay_hours.any()
    assert sent.reading_c == pytest.approx(np.concatenate([STEP[:1], STEP[:-1]]), abs=1e-6)


def test_a_devices_bias_is_its_own_and_the_same_every_day():
    sensor = replace(IDEAL, accuracy_k=0.5)
    bias = [[readings(sensor, device, day).reading_c[0] - 4.0 for day in (0, 7, 300)] for device in range(400)]
    assert np.ptp(bias, axis=1).max() < 1e-9
    spread = np.array(bias)[:, 0]
    assert len(np.unique(spread)) == 400
    assert abs(spread.mean()) < 4 * 0.5 / 20 and abs(spread.std() - 0.5) < 4 * 0.5 / np.sqrt(800)


def test_noise_has_its_size_and_is_new_in_every_reading():
    sensor = replace(IDEAL, noise_k=0.2)
    noise = np.array([readings(sensor, device, true_c=np.full(len(HOURS), 4.0)).reading_c - 4 for device in range(50)])
    assert abs(noise.mean()) < 4 * 0.2 / np.sqrt(noise.size)
    assert abs(noise.std() - 0.2) < 4 * 0.2 / np.sqrt(2 * noise.size)
    other_day = readings(sensor, 0, day=1, true_c=np.full(len(HOURS), 4.0)).reading_c - 4
    assert abs(np.corrcoef(noise[0], other_day)[0, 1]) < 0.5


@given(st.sampled_from([0.0625, 0.1, 0.5, 1.0]), st.integers(0, 50))
@settings(deadline=None)
def test_readings_stand_on_the_steps_of_the_resolution(resolution, device):
    sensor = replace(IDEAL, accuracy_k=0.5, noise_k=0.1, resolution_k=resolution)
    stepped, fine = readings(sensor, device).reading_c, readings(replace(sensor, resolution_k=2.0**-30), device)
    assert stepped / resolution == pytest.approx(np.rint(stepped / resolution), abs=1e-9)
    assert np.abs(stepped - fine.reading_c).max() <= resolution / 2 + 1e-8


# ---- what the gateway delivers -------------------------------------------------------------------


def test_dropped_readings_are_missing_and_the_rest_is_unchanged():
    sensor = replace(IDEAL, noise_k=0.2, dropout_share=0.3)
    whole = readings(replace(sensor, dropout_share=0.0))
    sent = readings(sensor)
    assert 0 < len(sent.sample) < len(HOURS)
    assert np.array_equal(sent.reading_c, whole.reading_c[sent.sample])
    lost = 1 - np.mean([len(readings(sensor, device).sample) for device in range(100)]) / len(HOURS)
    assert abs(lost - 0.3) < 4 * np.sqrt(0.3 * 0.7 / (100 * len(HOURS)))


def test_a_repeated_reading_is_the_same_reading_later():
    sensor = replace(IDEAL, noise_k=0.2, dropout_share=0.2, resend_share=0.25)
    sent = readings(sensor)
    first = sent.delay_hours == 0
    assert sent.delay_hours[~first] == pytest.approx(0.5)
    assert len(np.unique(sent.sample[first])) == first.sum()
    assert 0 < (~first).sum() < first.sum() and set(sent.sample[~first]) < set(sent.sample[first])
    by_sample = dict(zip(sent.sample[first], sent.reading_c[first], strict=True))
    assert all(by_sample[s] == c for s, c in zip(sent.sample[~first], sent.reading_c[~first], strict=True))


@given(st.floats(0, 1), st.floats(0, 1), st.floats(0, 1))
@settings(max_examples=30, deadline=None)
def test_a_worse_gateway_loses_what_a_better_one_loses_and_more(one, other, resend):
    better, worse = sorted((one, other))
    kept = [set(readings(replace(IDEAL, dropout_share=p, resend_share=resend)).sample) for p in (better, worse)]
    assert kept[1] <= kept[0]
    assert kept[0] == set(readings(replace(IDEAL, dropout_share=better)).sample)


@pytest.mark.parametrize(("dropout", "resend", "sent"), [(1.0, 1.0, 0), (0.0, 1.0, 2 * len(HOURS))])
def test_nothing_or_everything_twice(dropout, resend, sent):
    assert len(readings(replace(IDEAL, dropout_share=dropout, resend_share=resend)).sample) == sent


def test_a_device_reads_the_same_whoever_else_reads_and_whenever_it_is_asked():
    sensor = replace(IDEAL, accuracy_k=0.5, noise_k=0.2, dropout_share=0.2, resend_share=0.2)
    alone = readings(sensor, 5)
    among = {device: readings(sensor, device) for device in (9, 5, 1)}
    assert all(np.array_equal(one, other) for one, other in zip(alone, among[5], strict=True))
    assert not np.array_equal(among[9].sample, among[1].sample)
    longer = readings(sensor, 5, true_c=np.append(STEP, [20.0]), hours=np.append(HOURS, [24.0]))
    early = longer.sample < len(HOURS)
    assert np.array_equal(longer.sample[early], alone.sample)
    assert np.array_equal(longer.reading_c[early], alone.reading_c)
