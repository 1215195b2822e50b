"""Subshells by their names in X-ray physics: K, L1, L2, L3, M1 ..."""

from __future__ import annotations

from dataclasses import dataclass

_MAIN_SHELLS = "KLMNOPQ"


@dataclass(frozen=True, slots=True)
class Subshell:
    """A subshell: principal quantum number n, and kappa = -l - 1 for j = l + 1/2, l for l - 1/2."""

    n: int
    kappa: int

    @property
    def l(self) -> int:  # noqa: E743
        """Orbital angular momentum of the large component."""
        return self.kappa if self.kappa > 0 else -self.kappa - 1

    @property
    def twice_j(self) -> int:
        """2 j."""
        return 2 * abs(self.kappa) - 1

    @property
    def nodes(self) -> int:
        """Zeros of the large component between its ends."""
        return self.n - self.l - 1


def subshell(name: str) -> Subshell:
    """The subshell of a name: K is 1s, L2 and L3 are 2p with j = 1/2 and 3/2, M4 is 3d with 3/2.

    Raises
    ------
    ValueError
        for a name that is none.
    """
    n, order = _MAIN_SHELLS.find(name[:1]) + 1, name[1:] or "1"
    if not name or n == 0 or not order.isdecimal() or not 1 <= int(order) <= 2 * n - 1:
        raise ValueError(f"subshell {name!r}: allowed are K, L1 to L3, M1 to M5 ... Q1 to Q13")
    half = int(order) // 2
    return Subshell(n, half if int(order) % 2 == 0 else -half - 1)
