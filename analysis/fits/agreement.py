"""Agreement: whether the detectors, or periods, of an experiment want the same parameters.

Each part gets values of its own of the free parameters, with the nuisances in common as ever; the
rise of -2 ln L when all parts have to take one value is a chi-square with as many degrees of
freedom as values are lost (Wilks), the test of homogeneity of a likelihood.  No bound holds here,
which would spoil it: what is bounded is given by its square, and that may be negative.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal, TypeVar

import numpy as np
from scipy.special import gammaincc

from analysis.fits.covariance import in_fit_units
from analysis.fits.fit import FittedParameter
from analysis.fits.joint_minima import joint_minima
from analysis.fits.minimum import FitError, Minimum, treated_likelihood
from analysis.likelihood.blocks import Block, Blocks, BoolArray
from analysis.likelihood.correlations import Correlations
from analysis.likelihood.degeneracy import can_be_imitated
from analysis.likelihood.likelihood import Likelihood
from sim.cross_sections.parameters import FloatArray
from sim.cross_sections.signal import SignalParameter
from sim.display import html_table, shown
from sim.model import Model
from sim.spectra.spectra import Spectra

By = Literal["detector", "period"]
Widened = TypeVar("Widened", FloatArray, BoolArray)


@dataclass(frozen=True, slots=True)
class Agreement:
    """Values of each part by its name, those of all together, and how well they go together.

    chi2 with n_degrees, p_value its asymptotic probability.  silent are the parts whose spectra do
    not depend on a free parameter; they have no values.
    """

    by: By
    together: tuple[FittedParameter, ...]
    parts: dict[str, tuple[FittedParameter, ...]]
    silent: tuple[str, ...]
    chi2: float
    n_degrees: int
    p_value: float

    def __repr__(self) -> str:
        known = f"chi2 = {shown(self.chi2)} of {self.n_degrees}, p = {shown(self.p_value)}"
        return f"<Agreement of {len(self.parts)} by {self.by}: {known}>"

    def _repr_html_(self) -> str:
        """A table for notebooks."""
        rows = [(name, ", ".join(map(repr, own))) for name, own in self.parts.items()]
        rows += [("together", ", ".join(map(repr, self.together)))]
        return html_table("agreement", [*rows, ("p-value", shown(self.p_value))])


def agreement(
    model: Model,
    spectra: Spectra,
    free: Sequence[str],
    by: By,
    treatment: str | None = None,
) -> Agreement:
    """Fits with the named parameters free in each detector, or each period, and in all at once.

    Raises
    ------
    ValueError
        for an unknown parameter, or fewer than two parts that depend on the free ones.
    FitError
        if a fit fails, or free backgrounds can imitate a parameter in a part.
    """
    parameters = [model.signal_table.parameter(name) for name in free]
    likelihood = treated_likelihood(model, spectra, treatment)
    groups = _groups(likelihood, by)
    split = _split(likelihood, parameters, groups)
    copies = {name: [_copy(p, name) for p in parameters] for name in groups}
    heard = {
        name: own
        for name, own in copies.items()
        if all(split.is_sensitive_to(copy.fitted) for copy in own)
    }
    if len(heard) < 2:
        names = ", ".join(heard) or "none"
        raise ValueError(f"agreement needs two parts that depend on {', '.join(free)}: {names}")
    varied = [copy.fitted for own in heard.values() for copy in own]
    for name in varied:
        if can_be_imitated(split, name):
            raise FitError(f"the free backgrounds can imitate {name} in every bin")
    apart = _minimum(split, varied)
    common = [parameter.fitted for parameter in parameters]
    together = _minimum(likelihood, common)
    chi2 = max(together.value - apart.value, 0.0)
    n_degrees = len(varied) - len(common)
    return Agreement(
        by=by,
        together=_values(likelihood, together, parameters, parameters),
        parts={name: _values(split, apart, own, parameters) for name, own in heard.items()},
        silent=tuple(name for name in groups if name not in heard),
        chi2=chi2,
        n_degrees=n_degrees,
        p_value=float(gammaincc(n_degrees / 2, chi2 / 2)),
    )


def _groups(likelihood: Likelihood, by: By) -> dict[str, list[Block]]:
    """Blocks by the name of their detector or period."""
    groups: dict[str, list[Block]] = {}
    for block in likelihood.blocks.blocks:
        groups.setdefault(block.detector if by == "detector" else block.period, []).append(block)
    return groups


def _copy(parameter: SignalParameter, part: str) -> SignalParameter:
    return replace(
        parameter, name=f"{parameter.name}[{part}]", fitted=f"{parameter.fitted}[{part}]"
    )


def _split(
    likelihood: Likelihood, parameters: Sequence[SignalParameter], groups: dict[str, list[Block]]
) -> Likelihood:
    """The likelihood with parameters of its own in each group, after those of the signal."""
    n_signal, n_all = len(likelihood.signal), len(likelihood.names)
    copies = [_copy(p, name) for name in groups for p in parameters]
    places = np.arange(n_all + 1)
    places[n_signal:] += len(copies)
    own = [likelihood.index(parameter.fitted) for parameter in parameters]
    first = dict(zip(groups, range(n_signal, n_signal + len(copies), len(own)), strict=True))
    moved: dict[int, Block] = {}
    for name, blocks in groups.items():
        here = places.copy()
        here[own] = np.arange(first[name], first[name] + len(own))
        moved |= {id(block): block.with_places(here.tolist()) for block in blocks}

    def widened(values: Widened, fill: float) -> Widened:
        return np.insert(values, n_signal, np.full(len(copies), fill, dtype=values.dtype))

    names = tuple(copy.fitted for copy in copies)
    kinds = ("signal",) * len(copies)
    return replace(
        likelihood,
        names=(*likelihood.names[:n_signal], *names, *likelihood.names[n_signal:]),
        kinds=(*likelihood.kinds[:n_signal], *kinds, *likelihood.kinds[n_signal:]),
        signal=(*likelihood.signal, *copies),
        blocks=Blocks.of([moved[id(block)] for block in likelihood.blocks.blocks]),
        centers=widened(likelihood.centers, 0.0),
        inverse_sigmas=widened(likelihood.inverse_sigmas, 0.0),
        fixed=widened(likelihood.fixed, False),
        correlations=Correlations.of(list(likelihood.correlations.moved(places))),
        special=likelihood.special.moved(places),
    )


def _minimum(likelihood: Likelihood, free: Sequence[str]) -> Minimum:
    return joint_minima(likelihood.with_fixed(likelihood.others(*free)), bounded=False)[0]


def _values(
    likelihood: Likelihood,
    best: Minimum,
    own: Sequence[SignalParameter],
    parameters: Sequence[SignalParameter],
) -> tuple[FittedParameter, ...]:
    """Values of parameters, by the names of those that they are copies of; of a root its square."""
    found = []
    for copy, known in zip(own, parameters, strict=True):
        place = likelihood.index(copy.fitted)
        name, unit, scale = in_fit_units(known)
        error = scale * float(best.errors[place])
        value = known.origin + scale * float(best.x[place])
        found.append(FittedParameter(name, value, error if error > 0 else None, unit))
    return tuple(found)
