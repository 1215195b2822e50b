"""Truths in any parameter: through fold, Asimov spectra, toys and the stored file."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from sim.cross_sections.parameters import NeutrinoParameters
from sim.experiment import load_experiment
from sim.folding.folds import Folds
from sim.folding.scaling import flux_scales
from sim.model import Model
from sim.model_assembly import build_model
from sim.pseudo import toys
from sim.store import read_spectra, write_spectra
from sim.variation import varied

BINS = ("analysis.window_kev=[0.17, 0.97]", "analysis.bin_width_kev=0.2")


def built(*tables: str) -> Model:
    sections = f"interaction=[{', '.join(tables)}]"
    return build_model(load_experiment("conus-plus-2025", (*BINS, sections)))


@pytest.fixture(scope="module")
def model() -> Model:
    return built('{model="vector-mediator", mass_mev=5.0}', '{model="nsi"}')


def test_the_mirror_solution_in_counts() -> None:
    """Of one isotope; the isotopes of natural germanium blur it by a tenth."""
    pure = ("detector.isotopes={Ge={74=1.0}}", 'interaction=[{model="nsi"}]')
    model = build_model(load_experiment("conus-plus-2025", (*BINS, *pure)))
    standard = model.asimov().flat
    lowered = model.asimov(NeutrinoParameters.of({"eps_u": 0.19})).flat
    mirror = model.asimov(NeutrinoParameters.of({"eps_u": 0.382434})).flat
    assert np.abs(standard - mirror).max() < 1e-5 * np.abs(standard - lowered).max()


def test_counts_are_a_parabola_in_the_square_of_the_coupling(model: Model) -> None:
    """x = g^2: three points give the fourth, interference and square."""
    at = [model.asimov(NeutrinoParameters.of({"g_zp": (x * 1e-12) ** 0.5})).flat for x in range(4)]
    np.testing.assert_allclose(at[3], at[0] - 3 * at[1] + 3 * at[2], rtol=1e-10)
    assert np.any(at[1] < at[0])


def test_the_stored_file_knows_its_truth(model: Model, tmp_path: Path) -> None:
    truth = NeutrinoParameters.of({"g_zp": 3e-6, "eps_d": -0.02, "mu_nu": 1e-11})
    toy = next(iter(toys(model, 1, 4, truth)))
    path = tmp_path / "a.h5"
    write_spectra(path, model, toy)
    found = read_spectra(path).spectra.truth
    assert found is not None
    assert dict(found.others) == {"eps_d": -0.02, "g_zp": 3e-6}
    np.testing.assert_array_equal(
        build_model(read_spectra(path).experiment).asimov(found).flat, model.asimov(truth).flat
    )


def test_an_unknown_parameter_is_named(model: Model) -> None:
    with pytest.raises(ValueError, match="parameter 'g_phi': allowed are mu_nu"):
        model.asimov(NeutrinoParameters.of({"g_phi": 1e-6}))


def test_the_distance_does_more_than_scale_where_a_wave_is_lost() -> None:
    """Folds that are shared between variations give what a fold of their own gives."""
    table = 'interaction=[{model="sterile-oscillation", dm2_ev2=1.0}]'
    experiment = load_experiment("conus-plus-2025", (*BINS, table))
    assert not flux_scales(experiment)
    truth = NeutrinoParameters.of({"sin2_2theta": 0.2})
    folds = Folds()
    for baseline in (20.7, 12.0):
        changed = varied(experiment, {"reactor.baseline_m": baseline})
        shared = build_model(changed, folds=folds).asimov(truth).flat
        np.testing.assert_allclose(shared, build_model(changed).asimov(truth).flat, rtol=1e-12)
