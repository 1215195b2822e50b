"""Arrow: the free parameters as rows of a matrix of second derivatives with few entries.

Where it pays, the parameters that change one group of blocks only (a spectrum, a detector or a
period, whichever frees most) come first, group by group: the matrix is an arrow, small blocks on
the diagonal with a border of the common rows, and the groups are eliminated from it one by one
(Schur complement).  Entries that can be different from 0 are numbered: for each group the lower
half of its own block, then its border (common rows that the group couples to, times its own), at
last the lower half of the common block.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analysis.likelihood.blocks import BoolArray, IntArray

FIRST_ROW = 0
N_LOCAL = 1
FIRST_COUPLED = 2
N_COUPLED = 3
FIRST_ENTRY = 4
FIRST_BORDER = 5

N_ROWS = 0
ALL_LOCAL = 1
COMMON_ENTRY = 2
N_ENTRIES = 3

_FEWEST_ROWS = 12
_GAIN = 0.7


@dataclass(frozen=True, slots=True, eq=False)
class Arrow:
    """Rows of the parameters, and where the entries of the matrix are.

    place (P + 1,): the row of each free parameter, -1 for a held one and for the final 1.  groups
    (G, 6) have the columns named above; coupled are the common rows of each border, counted from
    the first common one; sizes: see N_ROWS and so on.
    """

    place: IntArray
    groups: IntArray
    coupled: IntArray
    sizes: IntArray

    @classmethod
    def of(
        cls,
        touching: BoolArray,
        home: IntArray,
        group_of: IntArray,
        free: BoolArray,
        last: int = -1,
        *,
        bent: bool = False,
    ) -> Arrow:
        """Of free parameters (P,) at home in a group of blocks, or common (-1).

        touching (S, P) are those that change each block, group_of (S,) the group of it.  last, if
        it is one, comes last, and with bent there is one more row behind it.
        """
        common = free & (home < 0)
        border = _coupled(_by_group(touching, group_of), home, common)
        place = np.full(free.size + 1, -1)
        used = np.unique(home[home >= 0])
        local = [np.flatnonzero(home == group) for group in used]
        n_local = sum(places.size for places in local)
        tail = [last] if last >= 0 else []
        rest = np.flatnonzero(common & (np.arange(free.size) != last))
        order = np.concatenate([*local, rest, tail]).astype(np.int64)
        place[order] = np.arange(order.size)
        groups = np.zeros((used.size, 6), dtype=np.int64)
        coupled: list[int] = []
        row = entry = 0
        for columns, group, places in zip(groups, used, local, strict=True):
            n, first = places.size, len(coupled)
            coupled += [int(p) for p in np.sort(place[:-1][border[group]]) - n_local]
            if bent and border[group, last]:
                coupled.append(int(place[last]) + 1 - n_local)
            n_coupled, own = len(coupled) - first, n * (n + 1) // 2
            columns[:] = row, n, first, n_coupled, entry, entry + own
            row, entry = row + n, entry + own + n * n_coupled
        n_rows = order.size + (1 if bent else 0)
        n_common = n_rows - n_local
        sizes = np.array([n_rows, n_local, entry, entry + n_common * (n_common + 1) // 2])
        return cls(place, groups, np.array(coupled, dtype=np.int64), sizes)

    def entries(self, high: IntArray, low: IntArray) -> IntArray:
        """Entries of pairs of rows, high >= low, of which each block has one group's."""
        n_local, n_common = int(self.sizes[ALL_LOCAL]), int(self.sizes[N_ROWS] - self.sizes[1])
        own, border, in_common = low < n_local, high >= n_local, high - n_local
        found = self.sizes[COMMON_ENTRY] + _triangle(in_common, low - n_local)
        if not self.groups.size:
            return np.asarray(found)
        n_coupled = self.groups[:, N_COUPLED]
        at = np.zeros((len(self.groups), max(n_common, 1)), dtype=np.int64)
        here = np.concatenate([np.zeros(0, dtype=np.int64), *(np.arange(n) for n in n_coupled)])
        at[np.repeat(np.arange(len(self.groups)), n_coupled), self.coupled] = here
        group_of = np.repeat(np.arange(len(self.groups)), self.groups[:, N_LOCAL])
        group = group_of[np.where(own, low, 0)]
        first, n, _, _, entry, edge = self.groups[group].T
        within = entry + _triangle(high - first, low - first)
        beside = edge + at[group, np.where(border, in_common, 0)] * n + low - first
        return np.asarray(np.where(own, np.where(border, beside, within), found))

    def diagonal(self) -> IntArray:
        """Entry on the diagonal of each row."""
        rows = np.arange(self.sizes[N_ROWS])
        return self.entries(rows, rows)


def best_homes(
    kinds: list[IntArray], touching: BoolArray, may_be_local: BoolArray, free: BoolArray
) -> tuple[IntArray, IntArray]:
    """Homes (P,) of the parameters and the group of each block (S,): what frees most, if it pays.

    kinds are ways of grouping the blocks, (S,) each.
    """
    n_free = int(np.sum(free))
    home, group_of = np.full(free.size, -1), np.zeros(len(touching), dtype=np.int64)
    if n_free < _FEWEST_ROWS or len(touching) < 2:
        return home, group_of
    lowest = _GAIN * float(n_free) ** 3
    for groups in kinds:
        by_group = _by_group(touching, groups)
        alone = may_be_local & (np.sum(by_group, axis=0) == 1)
        found = np.where(alone, np.argmax(by_group, axis=0), -1)
        price = _cost(found, _coupled(by_group, found, free & (found < 0)), n_free)
        if price < lowest:
            lowest, home, group_of = price, found, groups
    return home, group_of


def _by_group(touching: BoolArray, group_of: IntArray) -> BoolArray:
    """Whether a parameter changes a block of each group, (G, P)."""
    found = np.zeros((int(np.max(group_of, initial=-1)) + 1, touching.shape[1]), dtype=np.bool_)
    np.logical_or.at(found, group_of, touching)
    return found


def _coupled(by_group: BoolArray, home: IntArray, common: BoolArray) -> BoolArray:
    """Whether each common parameter couples to each group with a local one, (G, P)."""
    has_local = np.isin(np.arange(len(by_group)), home)
    return np.asarray(by_group & common & has_local[:, None])


def _cost(home: IntArray, coupled: BoolArray, n_free: int) -> float:
    """Multiplications of a step with the local parameters eliminated, in sixths."""
    own = np.bincount(home[home >= 0], minlength=len(coupled)).astype(np.float64)
    border = np.sum(coupled, axis=1)
    total = float(np.sum(own * (own * own + 3.0 * border * (own + border))))
    return total + (n_free - float(np.sum(own))) ** 3


def _triangle(high: IntArray, low: IntArray) -> IntArray:
    """Places in a lower half, row by row."""
    return np.asarray(high * (high + 1) // 2 + low)
