"""Fits of the parameters of further interactions: planted truths are found, in physical units."""

from __future__ import annotations

import pytest

from analysis.fits.fit import fit
from sim.cross_sections.parameters import NeutrinoParameters
from sim.experiment import load_experiment
from sim.model import Model
from sim.model_assembly import build_model


@pytest.fixture(scope="module")
def model() -> Model:
    overrides = ("analysis.bin_width_kev=0.4", "exposure.scale=100")
    return build_model(load_experiment("docs/studies/interactions.toml", overrides))


@pytest.mark.parametrize(
    ("name", "value", "label", "exponent"),
    [
        ("eps_u", 0.02, "eps_u", 1),
        ("eps_d_etau", 0.06, "eps_d_etau_squared", 2),
        ("g_zp", 1e-5, "g_zp_squared", 2),
        ("mu_n", 2e-10, "mu_n_squared", 2),
        ("g_phi", 4e-6, "g_phi_to_the_4", 4),
        ("sin2_2theta", 0.3, "sin2_2theta", 1),
    ],
)
def test_planted_truths(model: Model, name: str, value: float, label: str, exponent: int) -> None:
    """The error is that of the power in which rates are linear."""
    result = fit(model, model.asimov(NeutrinoParameters.of({name: value})), (name,))
    found = {entry.name: entry for entry in result.parameters}
    assert found[name].value == pytest.approx(value, rel=2e-3)
    assert found[label].value == pytest.approx(value**exponent, rel=8e-3, abs=0)
    error = found[label].error
    assert error is not None
    assert 0 < error < value**exponent
