"""Templates given as a table: they become the model's signal, and what cannot be is refused."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
from model_arrays import arrays_of, expected_background, expected_signal, signal_of

from sim.cross_sections.parameters import NeutrinoParameters
from sim.experiment import ConfigurationError, Experiment, parse_experiment, preset_text
from sim.folding.folds import Folds
from sim.instruments.checks import check_tables
from sim.model_assembly import build_model

TABLE = """low_kev,high_kev,sm,mu2,q
2.8,28.9,0.5,0.2,-0.1
28.9,55,0.25,0.01,-0.03
"""
OneLine = Callable[[BaseException], str]


def given(folder: Path, table: str = TABLE, changes: Sequence[str] = ()) -> Experiment:
    """GEMMA's preset in two bins with the table in place of its fold."""
    (folder / "signal.csv").write_text(table)
    text = preset_text("gemma-2012") + '\n[templates]\nfile = "signal.csv"\n'
    return parse_experiment(text, "given", folder, ["analysis.bin_width_kev=26.1", *changes])


def test_the_table_is_the_signal(tmp_path: Path) -> None:
    """Times mass and days, in both periods; the backgrounds are as ever; a scan sees the same."""
    experiment = given(tmp_path, changes=["exposure.off_residual_flux=0.1"])
    check_tables(experiment)
    model = build_model(experiment)
    on, off = 1.5 * 755.6, 1.5 * 187.0 * 0.1
    for place, rates in ((0, (0.5, 0.25)), (1, (0.2, 0.01)), (2, (-0.1, -0.03))):
        np.testing.assert_allclose(signal_of(model)[place], np.outer((on, off), rates), rtol=1e-14)
    assert not signal_of(model)[3:].any()
    expected = expected_signal(model, NeutrinoParameters(mu_nu=2e-11))
    np.testing.assert_allclose(expected[0], on * np.array([0.5 + 4 * 0.2, 0.25 + 4 * 0.01]), 1e-14)
    folded = build_model(parse_experiment(preset_text("gemma-2012"), "x", tmp_path, BINS))
    np.testing.assert_array_equal(expected_background(model), expected_background(folded))
    (morph,) = arrays_of(model).morphs
    np.testing.assert_allclose(morph.linear[:7], 0.03 * signal_of(model), rtol=1e-14)
    scanned = build_model(given(tmp_path, changes=["reactor.baseline_m=20"]), folds=Folds())
    np.testing.assert_allclose(signal_of(scanned)[:, 0], signal_of(model)[:, 0], rtol=1e-14)


BINS = ["analysis.bin_width_kev=26.1"]


@pytest.mark.parametrize(
    ("table", "changes", "message"),
    [
        (TABLE.replace("q\n", "charge\n"), (), "column 'charge': allowed are sm, mu2, q"),
        (TABLE.replace("55,", "56,"), (), "its bins must be those of [analysis], 2 from 2.8 to 55"),
        (TABLE.replace("2.8,28.9", "2.8,27"), (), "its bins must be those of [analysis]"),
        (TABLE.replace("0.01", "-0.01"), (), "mu2 must be >= 0"),
        (TABLE.replace("low_kev", "low"), (), "column 'low_kev' is missing"),
        (TABLE, ("detector.threshold_kev=3",), "would cut the table, which starts at 2.8"),
        (TABLE, ("systematics.energy_scale=0.01",), "systematics.energy_scale needs templates"),
        (TABLE, ("systematics.flux_shape=true",), "systematics.flux_shape needs templates"),
        (TABLE, ("reactor.spent_fuel.fraction=0.01",), "an OFF flux of its own cannot be folded"),
    ],
)
def test_what_is_refused(
    table: str, changes: Sequence[str], message: str, tmp_path: Path, one_line: OneLine
) -> None:
    with pytest.raises(ConfigurationError) as caught:
        build_model(given(tmp_path, table, changes))
    assert message in one_line(caught.value)
