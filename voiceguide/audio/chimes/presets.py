"""Built-in chimes, played between stages and at the end of a session."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["CHIMES", "Chime", "ChimePartial"]


@dataclass(frozen=True)
class ChimePartial:
    """One mode of a struck body. It rings as two tones close in pitch because no real body is perfectly round."""

    pitch_ratio: float
    """Frequency relative to the pitch of the chime."""
    level: float
    decay_s: float
    """Time the partial takes to decay to 1/e of its amplitude."""
    beat_hz: float
    """Difference between the two tones in hertz."""
    pan_position: float
    """-1 is left, 1 is right."""


@dataclass(frozen=True)
class Chime:
    """A chime, modeled as a struck body."""

    title: str
    description: str
    pitch_hz: float
    attack_s: float
    """Rise time, longer for a softer mallet."""
    partials: tuple[ChimePartial, ...]


CHIMES: dict[str, Chime] = {
    "bell": Chime(
        "Bell",
        "A small, warm bell.",
        528.0,
        0.012,
        (
            ChimePartial(0.5, 0.35, 2.2, 0.35, -0.1),
            ChimePartial(1.0, 1.0, 1.5, 0.6, 0.1),
            ChimePartial(1.19, 0.3, 1.0, 0.8, -0.25),
            ChimePartial(1.56, 0.16, 0.7, 0.9, 0.3),
            ChimePartial(2.0, 0.34, 0.75, 1.1, -0.3),
            ChimePartial(2.74, 0.12, 0.4, 1.4, 0.35),
            ChimePartial(3.76, 0.06, 0.25, 1.7, -0.4),
        ),
    ),
    "bowl": Chime(
        "Singing bowl",
        "A low bowl, struck with a felt mallet.",
        196.0,
        0.045,
        (
            ChimePartial(1.0, 1.0, 2.4, 0.9, -0.1),
            ChimePartial(2.76, 0.42, 1.5, 1.6, 0.2),
            ChimePartial(5.18, 0.12, 0.8, 2.3, -0.3),
            ChimePartial(8.1, 0.03, 0.4, 3.1, 0.35),
        ),
    ),
    "wood": Chime(
        "Wood block",
        "One soft knock on hollow wood.",
        415.0,
        0.003,
        (
            ChimePartial(0.5, 0.25, 0.09, 0.0, 0.0),
            ChimePartial(1.0, 1.0, 0.075, 0.0, 0.1),
            ChimePartial(2.42, 0.35, 0.03, 0.0, -0.2),
            ChimePartial(4.1, 0.12, 0.014, 0.0, 0.25),
        ),
    ),
}
