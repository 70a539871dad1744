"""How fast a run is, for the person who waits."""

from __future__ import annotations

import time
from collections import deque


class Pace:
    """How many things are done a second, over the last half minute or so."""

    WINDOW = 30.0

    def __init__(self) -> None:
        self._laps: deque[tuple[float, int]] = deque()

    def at(self, done: int) -> float:
        """The rate, now that `done` are done; 0.0 in the first second, when nobody knows."""
        now = time.monotonic()
        while self._laps and now - self._laps[0][0] > self.WINDOW:
            self._laps.popleft()
        if not self._laps or now - self._laps[-1][0] > 0.5:
            self._laps.append((now, done))
        began, first = self._laps[0]
        return (done - first) / (now - began) if now - began > 1.0 else 0.0
