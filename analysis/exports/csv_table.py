"""Export to CSV: one table with the counts of both periods and the templates of their fit."""

from __future__ import annotations

import csv
import io

from sim.cross_sections.parameters import MONOMIALS
from sim.model import Model
from sim.spectra import PERIODS, Spectra
from sim.store import provenance

_MONOMIAL_NOTE = (
    "signal:1 is the Standard Model; signal:mu2 to signal:qr are the counts for mu = 1e-11 mu_B, "
    "q = 1e-12 e, r = 1e-32 cm^2 beyond the Standard Model, by monomial of (mu, q, r)"
)


def csv_table(model: Model, spectra: Spectra) -> str:
    """A line a bin: period, bin, counts, error, signal monomials, backgrounds at norm 1.

    Lines that begin with # say where the numbers come from.  error is empty for Poisson counts;
    numbers are in full precision.
    """
    names = [
        *(f"signal:{name}" for name in MONOMIALS),
        *(f"background:{background.name}" for background in model.backgrounds),
    ]
    stream = io.StringIO()
    for line in _notes(model, spectra):
        stream.write(f"# {line}\n")
    table = csv.writer(stream, lineterminator="\n")
    table.writerow(["period", "low_kev", "high_kev", "counts", "error", *names])
    samples = model.samples
    for p, period in enumerate(PERIODS):
        for i, (low, high) in enumerate(
            zip(spectra.edges_kev[:-1], spectra.edges_kev[1:], strict=True)
        ):
            error = "" if spectra.errors is None else repr(float(spectra.errors[p, i]))
            numbers = [low, high, spectra.counts[p, i]]
            cells = [repr(float(v)) for v in numbers] + [error]
            table.writerow([period, *cells, *(repr(float(v)) for v in samples[:, p, i])])
    return stream.getvalue()


def _notes(model: Model, spectra: Spectra) -> list[str]:
    made = provenance()
    days = [f"{info.period.upper()} {info.live_days or 0.0:g} days" for info in model.spectra]
    mass = model.spectra[0].mass_kg or 0.0
    return [
        f"{model.experiment.name}: {spectra.kind} counts a bin, not divided by its width",
        f"exposure: {mass:g} kg, {', '.join(days)}",
        _MONOMIAL_NOTE,
        f"nuem {made['nuem_version']}, {made['created']}, experiment sha256 "
        f"{model.experiment.sha256()}",
    ]
