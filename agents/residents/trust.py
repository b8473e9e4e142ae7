"""How trust moves: surprises, let-downs, recovery, the way back to its mean; and how rivals answer to it."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from agents.params import ResidentParams
from agents.world import World
from sim.state import Frame

Floats = npt.NDArray[np.float64]


def surprised(trust: Floats, gap: Floats, rules: ResidentParams) -> Floats:
    """Return trust after quality ``gap`` above or below what was expected.

    Gains diminish as trust grows; a loss weighs ``loss_aversion`` times a gain of its size.
    """
    gain = rules.trust_gain * gap * (1.0 - trust)
    loss = rules.loss_aversion * rules.trust_gain * gap * trust
    return np.clip(trust + np.where(gap > 0, gain, loss), 0.0, 1.0)


def recovered(trust: Floats, rules: ResidentParams) -> Floats:
    """Return trust after money came back in full on the same day."""
    return np.minimum(trust + rules.recovery_gain, 1.0)


def reverted(trust: npt.NDArray[np.float32], rules: ResidentParams) -> npt.NDArray[np.float32]:
    """Return trust a day later without any experience: nearer to its mean."""
    back = np.float32(1.0 - 0.5 ** (1.0 / rules.trust_half_life_days))
    return trust + (np.float32(rules.trust_mean) - trust) * back


class Rivals:
    """Other retailers: while the network is trusted above its mean they improve their offer, slowly, and keep at it."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._frame = world.ports.state.new(Frame("rivals", {"pull": np.float64}, capacity=1))

    def populate(self) -> None:
        """Start without an answer."""
        self._frame.add(pull=np.zeros(1))

    @property
    def pull(self) -> float:
        """Log hazard of coming that their offer takes away."""
        return float(self._frame["pull"][0])

    def respond(self, mean_trust: float) -> None:
        """Let a day pass at ``mean_trust`` of the network's households."""
        rules = self._world.params
        step = rules.voice.rival_response * (mean_trust - rules.residents.trust_mean)
        self._frame["pull"][0] = min(max(self.pull + step, 0.0), rules.voice.rival_most)
