"""The fold against quadrature and against C++."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
from fold_peers import Fold, compiled, smooth_spectrum
from timing import Row, interleaved, ratio_row

from sim.experiment import load_experiment
from sim.physics import physics_of

_REPEAT = 300
_STRIDE = 25


def rows() -> list[Row]:
    """All seven monomials at 500 recoils, the moments of the flux included."""
    couplings = physics_of(load_experiment("gemma-2012").config).couplings
    spectrum = smooth_spectrum()
    folds = {
        "electrons": Fold.on_electrons(spectrum, couplings, np.linspace(1e-3, 2.0, 500)),
        "nuclei": Fold.on_nuclei(spectrum, couplings, np.linspace(1e-6, 1e-3, 500)),
    }
    found = []
    with tempfile.TemporaryDirectory() as folder:
        library = compiled(Path(folder))
        for name, fold in folds.items():
            found += _quadrature_rows(name, fold)
            if library is not None:
                by_hand = fold.by_hand(library)
                np.testing.assert_allclose(by_hand(), fold.ours(), rtol=1e-9)
                timed = interleaved(_many(fold.ours), _many(by_hand), _REPEAT, _REPEAT, 9)
                found.append(
                    ratio_row(f"fold on {name}", "C++ -O3 by hand", timed, 1.25, at_most=True)
                )
    return found


def _quadrature_rows(name: str, fold: Fold) -> list[Row]:
    points = slice(0, 500, _STRIDE)
    wanted, ours = fold.by_quadrature(points), fold.ours()[:2, points]
    counted = ours > 1e-6 * fold.ours()[:2].max(axis=1, keepdims=True)
    difference = float(np.abs(ours / wanted - 1)[counted].max())
    timed = interleaved(_many(fold.ours), lambda: fold.by_quadrature(points), _REPEAT, 1 / _STRIDE)
    note = (
        "the integrand on nuclei is so smooth that quad needs 21 evaluations for most recoils; "
        "a third of our time finds the cells and fetches their cubics, a third is closed-form "
        "moments, the rest the sum over cells, the monomials and three calls"
        if name == "nuclei"
        else ""
    )
    what = f"fold on {name}"
    return [
        ratio_row(what, "scipy quad of SM and μ², math integrand", timed, 4000, note),
        Row(f"{what}, accuracy", "quad", f"{difference:.1e}", "0", difference, 2e-6, True),
    ]


def _many(function: Callable[[], object]) -> Callable[[], None]:
    def run() -> None:
        for _ in range(_REPEAT):
            function()

    return run
