"""Quenching fits: published k, closed forms, MIGRAD on chi2 written out, tension, bands."""

from __future__ import annotations

import csv
import math
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from iminuit import Minuit

from detectors.quenching.curve import CONUS_K, CONUS_K_UNCERTAINTY, Lindhard
from detectors.quenching.families import FAMILIES, curve_families, curve_family
from detectors.quenching.fit import fit_quenching
from detectors.quenching.points import chosen_data, measured_materials, quenching_data

DATA = Path(__file__).parents[2] / "detectors" / "data"


def rows(name: str) -> list[dict[str, str]]:
    text = (DATA / name).read_text("utf-8").splitlines()
    return list(csv.DictReader(line for line in text if not line.startswith("#")))


# --- the points


def test_all_points_belong_to_a_set_and_are_sane() -> None:
    """200 points: 80 of germanium, 65 of silicon, 54 of caesium iodide, 1 of sodium."""
    sets = {row["data_set"]: row["material"] for row in rows("quenching_data_sets.csv")}
    found = Counter(sets[row["data_set"]] for row in rows("quenching_points.csv"))
    assert found == {"Ge": 80, "Si": 65, "CsI": 54, "NaI": 1}
    for material in measured_materials():
        for data in quenching_data(material):
            assert data.n_points == sum(
                row["data_set"] == data.name for row in rows("quenching_points.csv")
            )
            assert np.all((data.quenching_factor > 0) & (data.quenching_factor < 1))
            assert bool(np.all(np.isnan(data.error))) == (data.use == "drawn")


def test_errors_of_bonhomme_hold_those_of_the_recoil_energy() -> None:
    """What is not statistical in them is Q times the relative error of the recoil energy."""
    points = [row for row in rows("quenching_points.csv") if row["data_set"] == "bonhomme-2022"]
    values = np.array(
        [
            [float(row[name]) for name in ("recoil_kev", "recoil_error_kev", "quenching_factor")]
            + [float(row["error"]) ** 2 - float(row["statistical_error"]) ** 2]
            for row in points
        ]
    )
    ratio = np.sqrt(values[:, 3]) / (values[:, 2] * values[:, 1] / values[:, 0])
    assert np.nanmedian(ratio) == pytest.approx(1.0, abs=0.05)


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (["bonhome"], "those of Ge are bonhomme-2022, kavner-2024, edelweiss-gga1"),
        (["kavner-2024", "kavner-2024"], "stands twice"),
    ],
)
def test_names_that_are_refused(names: list[str], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        chosen_data("Ge", names)


def test_points_without_errors_are_not_fitted() -> None:
    with pytest.raises(ValueError, match="'izraelevitch-2017' has no errors"):
        chosen_data("Si", ["izraelevitch-2017"])
    with pytest.raises(ValueError, match="no measured quenching factors of 'Xe'"):
        chosen_data("Xe")


# --- the fit


def test_published_k_of_bonhomme() -> None:
    """0.162 +- 0.004: the value is found; the error is put in by the common relative error."""
    fit = fit_quenching(
        curve_family("lindhard", "Ge", "ionization"), chosen_data("Ge", ["bonhomme-2022"])
    )
    assert fit.values[0] == pytest.approx(CONUS_K, abs=0.001)
    assert fit.errors[0] == pytest.approx(CONUS_K_UNCERTAINTY, abs=1e-4)
    assert fit.goodness.dof == 72
    assert fit.scale == 1.0
    assert fit.tension is None


def test_linear_fit_in_closed_form() -> None:
    (data,) = chosen_data("Ge", ["edelweiss-gga1"])
    fit = fit_quenching(curve_family("linear", "Ge", "ionization"), [data], scaled=False)
    weight = 1 / data.error
    slope_first, covariance = np.polyfit(
        data.recoil_kev, data.quenching_factor, 1, w=weight, cov="unscaled"
    )
    assert fit.values == pytest.approx(slope_first[::-1], rel=1e-9)
    assert fit.covariance == pytest.approx(covariance[::-1, ::-1], rel=1e-6)
    rest = (data.quenching_factor - np.polyval(slope_first, data.recoil_kev)) * weight
    assert fit.goodness.chi2 == pytest.approx(float(rest @ rest), rel=1e-9)
    recoil = np.array([10.0, 50.0])
    (aa, ab), (_, bb) = fit.covariance
    expected = np.sqrt(aa + 2 * recoil * ab + recoil**2 * bb)
    assert fit.band(recoil)[1] == pytest.approx(expected, rel=1e-7)


def test_two_sets_with_a_common_error_by_migrad() -> None:
    data = chosen_data("Ge")
    fit = fit_quenching(curve_family("lindhard", "Ge", "ionization"), data, scaled=False)

    def chi2(k: float, eta: float) -> float:
        curve = Lindhard(32, k)
        first = data[0].quenching_factor - (1 + 0.0193 * eta) * curve.factor(data[0].recoil_kev)
        second = data[1].quenching_factor - curve.factor(data[1].recoil_kev)
        parts = np.append(first / data[0].error, second / data[1].error)
        return float(parts @ parts) + eta**2

    minuit = Minuit(chi2, k=0.16, eta=0.0)
    minuit.errordef = 1
    minuit.tol = 1e-6
    minuit.migrad()
    minuit.hesse()
    assert fit.values[0] == pytest.approx(minuit.values["k"], rel=1e-6)
    assert fit.errors[0] == pytest.approx(
        minuit.errors["k"], rel=0.01
    )  # without second derivatives
    assert fit.goodness.chi2 == pytest.approx(minuit.fval, rel=1e-8)
    assert sum(part.chi2 for part in fit.sets) == pytest.approx(fit.goodness.chi2, rel=1e-12)


def test_recoil_errors_act_along_the_curve() -> None:
    """A line through points with errors of both kinds: the effective variance at its end."""
    data = chosen_data("CsI", ["collar-2015"])
    fit = fit_quenching(curve_family("linear", "CsI", "light"), data, scaled=False)
    (one,) = data
    error = np.hypot(one.error, fit.values[1] * one.recoil_error_kev)
    values = np.polyfit(one.recoil_kev, one.quenching_factor, 1, w=1 / error)
    assert fit.values == pytest.approx(values[::-1], rel=1e-7)


def test_tension_is_the_chi2_of_the_values_about_their_mean() -> None:
    """Exact for one parameter on which the curve depends linearly."""
    data = chosen_data("CsI")
    family = curve_family("constant", "CsI", "light")
    fit = fit_quenching(family, data, scaled=False)
    alone = [(float(s.values[0]), float(s.errors[0])) for s in fit.sets if s.values is not None
             and s.errors is not None]  # fmt: skip
    value, error = np.array(alone).T
    mean = np.average(value, weights=error**-2.0)
    assert fit.values[0] == pytest.approx(mean, rel=1e-8)
    assert fit.tension is not None
    assert fit.tension.chi2 == pytest.approx(float(np.sum(((value - mean) / error) ** 2)), rel=1e-6)
    assert fit.tension.dof == 3


def test_scale_factor_multiplies_the_errors() -> None:
    data, family = chosen_data("Ge"), curve_family("lindhard", "Ge", "ionization")
    plain, scaled = fit_quenching(family, data, scaled=False), fit_quenching(family, data)
    assert scaled.tension is not None
    assert scaled.scale == pytest.approx(math.sqrt(scaled.tension.chi2), rel=1e-12)
    assert scaled.scale > 3
    assert scaled.errors == pytest.approx(scaled.scale * plain.errors, rel=1e-12)
    assert plain.scale == 1.0


def test_dependent_points_count_as_fewer() -> None:
    """34 points of an integral method count as 12: errors sqrt(34 / 12) times those of all."""
    (data,) = chosen_data("Si", ["chavarria-2016"])
    fit = fit_quenching(curve_family("constant", "Si", "ionization"), [data], scaled=False)
    error = math.sqrt(34 / 12 / float(np.sum(data.error**-2.0)))
    assert fit.errors[0] == pytest.approx(error, rel=1e-6)
    assert fit.goodness.dof == 11
    half = data.between(1.0, 3.0)
    assert half is not None
    assert half.independent_points == pytest.approx(12 * half.n_points / 34)
    assert data.between(10, 20) is None


def test_what_the_data_do_not_determine_is_said() -> None:
    fit = fit_quenching(curve_family("adiabatic", "Ge", "ionization"), chosen_data("Ge"))
    assert fit.undetermined == ("xi_kev",)
    assert fit.errors[0] > 0


def test_families_of_a_material() -> None:
    assert tuple(curve_families("Ge", "ionization")) == FAMILIES
    assert tuple(curve_families("CsI", "light")) == ("linear", "constant")
    with pytest.raises(ValueError, match="for the light of CsI there are linear, constant"):
        curve_family("lindhard", "CsI", "light")


def test_too_few_points() -> None:
    with pytest.raises(ValueError, match="2 points needed, found 1"):
        fit_quenching(curve_family("linear", "NaI", "light"), chosen_data("NaI"))
