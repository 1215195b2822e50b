"""Impacts: how far each nuisance parameter pulls the fitted parameter."""

from __future__ import annotations

from dataclasses import dataclass

from analysis.fits.fit import first_reported, nuisance_unit
from analysis.fits.joint_minima import joint_minima
from analysis.fits.minimum import minimise, treated_likelihood
from sim.display import html_fields, shown
from sim.model import Model
from sim.spectra.spectra import Spectra


@dataclass(frozen=True, slots=True)
class Impact:
    """Shift of the parameter when a nuisance is held one standard error above or below its fit.

    value and error are in unit: ``relative`` for a norm, else ``sigma``.  Shifts are in units of
    the parameter's own error; pull is that of the nuisance from its centre in prior standard
    deviations, None without a prior; width is its error in those, 0 without.
    """

    nuisance: str
    unit: str
    value: float
    error: float
    pull: float | None
    width: float
    shift_up: float
    shift_down: float

    def __repr__(self) -> str:
        return (
            f"<Impact of {self.nuisance}: {shown(self.shift_up, 3)} and "
            f"{shown(self.shift_down, 3)} errors of the parameter, pull {shown(self.pull, 3)}>"
        )

    def _repr_html_(self) -> str:
        """A table for notebooks."""
        return html_fields("impact", self)


def impacts(
    model: Model,
    spectra: Spectra | None = None,
    parameter: str | None = None,
    treatment: str | None = None,
) -> list[Impact]:
    """Impacts of all free nuisances, the strongest first, on a parameter without its bound.

    By default it is the first of those that every fit reports.

    Raises
    ------
    FitError
        if a fit fails.

    Examples
    --------
    >>> model = nuem.build_model(nuem.load_experiment("gemma-2012"))
    >>> [impact.nuisance for impact in nuem.impacts(model)][:2]
    ['norm:inverse-energy', 'norm:flat']
    """
    signal = model.signal_table
    name = signal.parameter(parameter or first_reported(signal)).fitted
    likelihood = treated_likelihood(model, spectra, treatment)
    held = likelihood.others(name)
    best = joint_minima(likelihood.with_fixed(held), bounded=False)[0]
    place = likelihood.index(name)
    error = float(best.errors[place])
    found = []
    for j, nuisance in enumerate(likelihood.names):
        if likelihood.kinds[j] == "signal" or likelihood.fixed[j]:
            continue
        value, width = float(best.x[j]), float(best.errors[j])
        shifts = [
            float(minimise(likelihood, {**held, nuisance: value + sign * width}, best.x).x[place])
            - float(best.x[place])
            for sign in (1, -1)
        ]
        prior = float(likelihood.inverse_sigmas[j])
        pull = (value - float(likelihood.centers[j])) * prior if prior > 0 else None
        up, down = shifts[0] / error, shifts[1] / error
        unit = nuisance_unit(likelihood, nuisance)
        found.append(Impact(nuisance, unit, value, width, pull, width * prior, up, down))
    return sorted(found, key=lambda i: -max(abs(i.shift_up), abs(i.shift_down)))
