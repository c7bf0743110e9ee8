"""Convert a pace to hibari's `speed`.

The two differ because the model rounds each phoneme to a whole number of 25 ms frames. Just below speed 1.33, most
short phonemes still take two frames. Just above it, they take one.

The table was measured with the heart voice on 37 trimmed foot massage instructions. The pace listed for a speed is the
total length of the instructions at speed 1 divided by their total length at that speed. For the ten lines in the test,
the actual pace stays within 10 % of any requested pace from 0.6 to 1.6.
"""

from __future__ import annotations

from bisect import bisect_left

from voiceguide.speech.engines.pace_limits import check_pace

__all__ = ["pace_to_speed"]

_PACE_SPEED_PAIRS = (
    (0.499, 0.500), (0.517, 0.540), (0.534, 0.560), (0.591, 0.580), (0.602, 0.600), (0.619, 0.640), (0.637, 0.660),
    (0.693, 0.680), (0.707, 0.700), (0.751, 0.780), (0.804, 0.800), (0.877, 0.820), (0.889, 0.840), (0.922, 0.860),
    (0.942, 0.880), (0.964, 0.920), (0.983, 0.960), (1.000, 1.000), (1.023, 1.060), (1.048, 1.120), (1.077, 1.180),
    (1.108, 1.200), (1.133, 1.220), (1.158, 1.280), (1.180, 1.320), (1.198, 1.327), (1.219, 1.330), (1.254, 1.332),
    (1.313, 1.334), (1.372, 1.336), (1.412, 1.338), (1.436, 1.341), (1.452, 1.347), (1.481, 1.380), (1.522, 1.460),
    (1.579, 1.600), (1.626, 1.720), (1.652, 1.820), (1.692, 1.940), (1.715, 1.980), (1.770, 2.000),
)  # fmt: skip
"""Pairs of pace and speed, both ascending."""
MIN_PACE, MAX_PACE = 0.5, 1.75


def pace_to_speed(pace: float) -> float:
    """Return the `speed` at which hibari speaks `pace` times as many words per second as at speed 1.

    Raises:
        SpeechError: if the pace is out of range.
    """
    check_pace("hibari", pace, MIN_PACE, MAX_PACE)
    after = bisect_left(_PACE_SPEED_PAIRS, (pace, 0.0))
    (slower, low), (faster, high) = _PACE_SPEED_PAIRS[after - 1], _PACE_SPEED_PAIRS[after]
    return low + (high - low) * (pace - slower) / (faster - slower)
