"""What an encoder may change in the levels of a session, and what only a fault changes."""

from __future__ import annotations

import numpy as np
import pytest

from voiceguide.verification.accuracy import Accuracy
from voiceguide.verification.level_profile import Levels, find_level_deviations, find_level_shifts, mean_level_db

Row = tuple[float, float, float]
"""The overall level, the level below one kilohertz and the largest sample, in dBFS."""


def rows(row: Row, count: int = 30) -> Levels:
    return np.array([[round((db + 120) * 2) for db in row]] * count, np.uint8)


def deviations(planned: Row, measured: Row, accuracy: Accuracy = Accuracy.HIGH) -> list[tuple[int, int, float]]:
    return list(find_level_deviations(rows(planned), rows(measured), 0, accuracy))


@pytest.mark.parametrize(
    ("planned", "measured"),
    [
        ((-23.5, -32.0, -15.5), (-32.0, -32.0, -21.0)),  # 19 kHz over brown noise, as MP3
        ((-24.5, -44.5, -20.0), (-44.5, -44.5, -36.5)),  # 19 kHz over a bowl, as M4B
        ((-24.5, -44.5, -13.0), (-39.5, -44.5, -26.5)),  # violet noise over a bowl, as Opus
        ((-21.0, -35.0, -16.5), (-22.0, -35.0, -9.5)),  # noise without higher peaks, as Opus
    ],
)
def test_high_frequencies_may_be_removed_and_noise_replaced(planned: Row, measured: Row) -> None:
    """17 of 84 sessions with such recordings were refused."""
    assert deviations(planned, measured) == []


@pytest.mark.parametrize(
    ("measured", "deviation_db"),
    [
        ((-32.0, -37.0, -21.0), -8.5),  # something below one kilohertz is missing too
        ((-23.5, -27.0, -15.5), 5.0),
        ((-18.0, -32.0, -15.5), 5.5),  # something has been added above one kilohertz
        ((-23.5, -32.0, -8.0), 7.5),
    ],
)
def test_other_differences_are_found(measured: Row, deviation_db: float) -> None:
    assert deviations((-23.5, -32.0, -15.5), measured) == [(0, 30, deviation_db)]


def test_a_low_bit_rate_may_remove_a_whistle() -> None:
    planned, measured = (-23.0, -41.5, -19.5), (-55.0, -56.0, -47.0)  # 5 kHz, as M4B with 32 kb/s
    assert deviations(planned, measured, Accuracy.LOW) == []
    assert deviations(planned, measured, Accuracy.MEDIUM) == [(0, 30, -12.0)]


def test_a_shift_of_everything_is_found_and_a_change_of_the_spectrum_is_not() -> None:
    """White noise without a bed was refused as M4B: its low frequencies are up to 2 dB louder, the others quieter."""
    planned = rows((-21.0, -35.0, -10.0))
    assert list(find_level_shifts(planned, rows((-22.0, -33.0, -10.0)), 0)) == []
    assert list(find_level_shifts(planned, rows((-19.0, -33.0, -8.0)), 0)) == [(0, 24, 2.0)]
    assert list(find_level_shifts(planned, rows((-22.5, -36.5, -11.5)), 0)) == [(0, 24, -1.5)]


def test_the_mean_level_is_that_of_the_power() -> None:
    assert mean_level_db(np.concatenate([rows((-20.0, -30.0, -10.0), 5), rows((-120.0, -120.0, -120.0), 5)])) == (
        pytest.approx(-23.0, abs=0.1)
    )
