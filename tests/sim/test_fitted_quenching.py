"""Quenching fitted to measured points: the curve and its covariance are those of the fit."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.fits.fit import fit
from detectors.quenching.families import curve_family
from detectors.quenching.fit import QuenchingFit, fit_quenching
from detectors.quenching.points import chosen_data
from sim.experiment import ConfigurationError, load_experiment
from sim.model import Model
from sim.model_assembly import build_model

BOTH = ("bonhomme-2022", "kavner-2024")


def fitted(family: str) -> QuenchingFit:
    return fit_quenching(curve_family(family, "Ge", "ionization"), chosen_data("Ge", BOTH))


def model_with(quenching: str, *more: str) -> Model:
    return build_model(
        load_experiment("conus-plus-excess", [f"detector.quenching={quenching}", *more])
    )


def stated(family: str) -> str:
    return f"{{ fit = {list(BOTH)}, family = '{family}' }}"


def test_one_parameter_is_its_error() -> None:
    """Of Lindhard's k: the same fit as with k and its relative error stated by hand."""
    found = fitted("lindhard")
    k, relative = found.values[0], found.errors[0] / found.values[0]
    by_hand = model_with(
        f"{{ model = 'lindhard', k = {k!r} }}".replace("np.float64(", "").replace(")", ""),
        f"systematics.quenching={float(relative)!r}",
    )
    own = model_with(stated("lindhard"))
    assert [n.name for n in own.nuisances] == ["quenching_fit_1"]
    pairs = zip(own.terms()[0].shapes, by_hand.terms()[0].shapes, strict=True)
    for ours, theirs in pairs:
        np.testing.assert_allclose(ours, theirs, rtol=1e-9, atol=1e-12)
    ours, theirs = (fit(m, m.data(), ["cevns"]) for m in (own, by_hand))
    errors = [next(p for p in f.parameters if p.name == "cevns").error for f in (ours, theirs)]
    assert errors[0] == pytest.approx(errors[1], rel=1e-7)


def test_directions_are_the_covariance() -> None:
    """Their squares add up to it, and curves along them to the band of the fit."""
    found = fitted("linear")
    directions = found.directions
    assert len(directions) == 2
    np.testing.assert_allclose(directions.T @ directions, found.covariance, rtol=1e-9)
    recoil = np.array([0.3, 1.0, 5.0])
    factor, error = found.band(recoil)
    steps = [(1.0, 0.0), (0.0, 1.0)]
    changes = [found.moved(step).ionization_kev(recoil) / recoil - factor for step in steps]
    np.testing.assert_allclose(np.hypot(*changes), error, rtol=1e-6)


def test_two_parameters_are_two_nuisances() -> None:
    """What the first-order changes of the counts say is the covariance carried through."""
    found, own = fitted("linear"), model_with(stated("linear"))
    assert [n.name for n in own.nuisances] == ["quenching_fit_1", "quenching_fit_2"]
    moved = own.expected_flat(nuisances={"quenching_fit_2": 1.0})
    intercept, slope = found.values + found.directions[1]
    by_hand = model_with(
        f"{{ model = 'linear', intercept = {float(intercept)!r}, "
        f"slope_per_kev = {float(slope)!r} }}"
    )
    np.testing.assert_allclose(moved, by_hand.expected_flat(), rtol=1e-9)


@pytest.mark.parametrize(
    ("quenching", "message"),
    [
        ("{ model = 'fitted', fit = ['bonhome'] }", "data set 'bonhome': those of Ge are"),
        ("{ model = 'fitted', fit = [] }", "at least 1"),
        ("{ model = 'fitted', fit = ['bonhomme-2022'], material = 'W' }", "no measured quenching"),
    ],
)
def test_what_cannot_be_fitted(quenching: str, message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        model_with(quenching)
