"""Error budgets of the shipped spectra, rebuilt from the tables by hand."""

from __future__ import annotations

from importlib import resources

import numpy as np
import pytest

from fluxes.reactor.flux import spectrum_per_fission
from fluxes.reactor.inverse_beta_decay import ibd_yield_cm2
from fluxes.spectra.fission import fission_spectrum, spectrum_model_names
from fluxes.spectra.neutron_capture import neutron_capture_spectrum
from fluxes.spectrum import multiplied_in_bins
from fluxes.uncertainty.covariance import flux_uncertainty
from fluxes.uncertainty.deviations import bin_contents, flux_bins_mev

FRACTIONS = {"u235": 0.58, "u238": 0.07, "pu239": 0.30, "pu241": 0.05}
HUBER_EDGES = np.array([2.0, *np.arange(2.125, 8, 0.25), 10.0])


def pure(isotope: str) -> dict[str, float]:
    return dict.fromkeys(FRACTIONS, 0.0) | {isotope: 1.0}


def huber(isotope: str) -> np.ndarray:
    path = resources.files("fluxes.data").joinpath(f"huber_2011_{isotope}.dat")
    return np.loadtxt(path.read_text(encoding="utf-8").splitlines())


@pytest.mark.parametrize("isotope", ["u235", "pu239", "pu241"])
def test_total_error_in_hubers_bins(isotope: str) -> None:
    """Columns 13 and 14, averaged squared, of a reactor with one isotope."""
    uncertainty = flux_uncertainty("huber-mueller", pure(isotope), 0.0)
    contents = bin_contents(uncertainty.central, HUBER_EDGES)
    found = np.sqrt(np.diag(uncertainty.covariance(HUBER_EDGES))) / contents
    lower, upper = huber(isotope)[:, 12:14].T
    np.testing.assert_allclose(found, np.sqrt((lower**2 + upper**2) / 2), rtol=1e-4)


def test_covariance_of_the_mix_above_2_mev() -> None:
    """diag(stat^2 + bias^2) of each isotope + Z, weak magnetism and norm common to all + U-238."""
    uncertainty = flux_uncertainty("huber-mueller", FRACTIONS, 0.6)
    contents = {
        isotope: fraction * bin_contents(fission_spectrum("huber-mueller", isotope), HUBER_EDGES)
        for isotope, fraction in FRACTIONS.items()
    }
    expected = np.zeros((25, 25))
    common = np.zeros((3, 25))
    for isotope in ("u235", "pu239", "pu241"):
        rows, n = huber(isotope), contents[isotope]
        expected += np.diag((rows[:, 3] ** 2 + rows[:, 5] ** 2) * n**2)
        for i, column in enumerate((6, 8, 10)):
            size = np.sqrt((rows[:, column] ** 2 + rows[:, column + 1] ** 2) / 2)
            common[i] += size * n
    expected += sum(np.outer(shift, shift) for shift in common)
    middle = (HUBER_EDGES[1:] + HUBER_EDGES[:-1]) / 2
    u238 = np.interp(middle, [2, 8], [0.1, 0.2]) * contents["u238"]
    expected += np.outer(u238, u238)
    found = uncertainty.covariance(HUBER_EDGES)
    # Above 3 MeV all shifts have their final sign, so sizes are enough.
    np.testing.assert_allclose(found[5:, 5:], expected[5:, 5:], rtol=1e-6)
    np.testing.assert_allclose(np.diag(found)[1:], np.diag(expected)[1:], rtol=5e-3)
    assert found[0, 20] < expected[0, 20]


@pytest.mark.parametrize(("isotope", "percent"), [("u235", 2.11), ("pu239", 2.45), ("pu241", 2.15)])
def test_error_of_the_inverse_beta_decay_yield(isotope: str, percent: float) -> None:
    """Mention et al., Phys. Rev. D 83, 073006 (2011), Table I: within a twentieth."""
    uncertainty = flux_uncertainty("huber-mueller", pure(isotope), 0.0)
    above = np.array([2.0, 10.0])

    def folded(spectrum):  # type: ignore[no-untyped-def]
        return ibd_yield_cm2(multiplied_in_bins(spectrum, above, np.array([1.0])))

    variance = sum(folded(d) ** 2 for d in uncertainty.deviations.values())
    relative = np.sqrt(variance) / folded(uncertainty.central)
    assert 100 * relative == pytest.approx(percent, rel=0.05)


@pytest.mark.parametrize("model", ["huber-mueller", "mueller", "bestiole-2023", "vogel-engel"])
def test_below_2_mev(model: str) -> None:
    """10 % below 1 MeV, 5 % from 1 to 2 MeV, 10 % of neutron capture: independent of each other."""
    edges = np.array([0.0, 0.4, 1.0, 1.3, 2.0])
    fission = bin_contents(spectrum_per_fission(model, FRACTIONS, 0.0), edges)
    capture = 0.6 * bin_contents(neutron_capture_spectrum(), edges)
    shifts = np.array([[0.1, 0.1, 0, 0] * fission, [0, 0, 0.05, 0.05] * fission, 0.1 * capture])
    found = flux_uncertainty(model, FRACTIONS, 0.6).covariance(edges)
    np.testing.assert_allclose(found, shifts.T @ shifts, rtol=1e-9, atol=1e-15)


@pytest.mark.parametrize(
    ("model", "captures", "energies", "relative"),
    [
        ("bestiole-2023", 0.6, [2, 3, 5, 7, 8.5], [0.04, 0.04, 0.06, 0.12, 0.20]),
        ("vogel-engel", 0.6, [2, 3, 5, 7], [0.05, 0.05, 0.10, 0.10]),
        ("kopeikin-2012", 0.0, [0.1, 1.0, 1.3, 2.1, 7], [0.07, 0.07, 0.05, 0.03, 0.10]),
    ],
)
def test_judgements(
    model: str, captures: float, energies: list[float], relative: list[float]
) -> None:
    uncertainty = flux_uncertainty(model, FRACTIONS, captures)
    for low, expected in zip(energies, relative, strict=True):
        bins = np.array([low, low + 0.2])
        variance = uncertainty.covariance(bins)[0, 0]
        content = bin_contents(uncertainty.central, bins)[0]
        assert np.sqrt(variance) / content == pytest.approx(expected, rel=1e-9)


def test_off_equilibrium_is_known_to_30_percent() -> None:
    plain = flux_uncertainty("mueller", FRACTIONS, 0.6)
    corrected = flux_uncertainty("mueller", FRACTIONS, 0.6, off_equilibrium=True)
    shift = corrected.deviations["off-equilibrium"]
    energy = np.array([2.2, 2.9, 3.4])
    increase = corrected.central.density(energy) - plain.central.density(energy)
    np.testing.assert_allclose(shift.density(energy), 0.3 * increase, rtol=1e-6)
    assert set(corrected.deviations) == {*plain.deviations, "off-equilibrium"}


def test_every_model_has_a_budget() -> None:
    """The central spectrum is the one asked for; every deviation is smaller than it."""
    for model in spectrum_model_names():
        captures = 0.0 if model == "kopeikin-2012" else 0.6
        uncertainty = flux_uncertainty(model, FRACTIONS, captures)
        expected = spectrum_per_fission(model, FRACTIONS, captures).integral()
        assert uncertainty.central.integral() == pytest.approx(expected, rel=1e-14)
        variance = sum(d.integral() ** 2 for d in uncertainty.deviations.values())
        assert 0.02 < np.sqrt(variance) / expected < 0.06
        energy = np.linspace(0.01, 7.9, 100)
        for shift in uncertainty.deviations.values():
            assert np.all(
                np.abs(shift.density(energy)) <= 0.3 * uncertainty.central.density(energy)
            )


def test_isotopes_that_are_absent_have_no_deviation() -> None:
    uncertainty = flux_uncertainty("huber-mueller", pure("u238"), 0.0)
    assert list(uncertainty.deviations) == ["fission 0 to 1 MeV", "fission 1 to 2 MeV", "u238"]


def test_components_of_huber_mueller() -> None:
    """All of them rebuild the covariance; a dozen keep 99 % of the variance of every fold."""
    uncertainty = flux_uncertainty("huber-mueller", FRACTIONS, 0.6)
    edges = flux_bins_mev(uncertainty.central)
    covariance = uncertainty.covariance(edges)
    everything = np.array([bin_contents(c, edges) for c in uncertainty.components(0.0)])
    assert everything.shape[0] == len(uncertainty.deviations) == 82
    size = np.sqrt(np.outer(np.diag(covariance), np.diag(covariance)))
    np.testing.assert_allclose(everything.T @ everything / size, covariance / size, atol=1e-9)
    few = uncertainty.components()
    assert len(few) <= 15
    for power in (0, 1, 2):
        weight = edges[:-1] ** power
        whole = weight @ covariance @ weight
        kept = sum((weight @ bin_contents(c, edges)) ** 2 for c in few)
        assert 0.98 < kept / whole <= 1 + 1e-9
    yields = [sum(ibd_yield_cm2(s) ** 2 for s in u) for u in (few, uncertainty.deviations.values())]
    assert 0.98 < yields[0] / yields[1] <= 1 + 1e-9


def test_refused_as_the_spectrum_is() -> None:
    with pytest.raises(ValueError, match="contains neutron capture already"):
        flux_uncertainty("kopeikin-2012", FRACTIONS, 0.6)
    with pytest.raises(ValueError, match="allowed are bestiole-2023"):
        flux_uncertainty("bestiole", FRACTIONS, 0.6)
