"""What to cite: nuem, and the sources of what a configuration and a method use, as BibTeX."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import metadata, resources

from analysis.limits.constructions.registry import construction
from analysis.published.experiment_citation import experiment_entry
from fluxes.spectra.fission import shipped_models
from sim.config.detector import WholeDetector
from sim.config.file import ExperimentConfig, PhysicsConfig
from sim.cross_sections.couplings import couplings
from sim.cross_sections.interactions.interaction import StandardModel
from sim.cross_sections.interactions.registry import interactions, model_of
from sim.display import html_table
from sim.experiment import Experiment
from sim.folding.reactor_flux import neutron_captures_per_fission

ENERGIES: Mapping[str, tuple[str, ...]] = {
    "ma-2013": ("Ma2013",),
    "kopeikin-2004": ("Kopeikin2004",),
    "james-1969": ("James1969",),
}
COUPLINGS: Mapping[str, tuple[str, ...]] = {
    "one-loop": ("ErlerSu2013", "AtzoriCorona2022", "Bernabeu2000", "Bernabeu2004"),
    "tree": ("KouzakovStudenikin2016",),
}
_MATTER = ("AllisonCobb1980", "Henke1993", "Franta2017", "Nunley2016")
_ORBITALS = ("Slater1951", "Latter1955", "Inokuti1971")
IONIZATION: Mapping[str, tuple[str, ...]] = {
    "free": (),
    "stepping": ("Kopeikin1997", "KouzakovStudenikinVoloshin2011", "Cullen1991"),
    "stepping-smoothed": (
        "Kopeikin1997",
        "KouzakovStudenikinVoloshin2011",
        "KouzakovStudenikin2016",
        "Cullen1991",
    ),
    "rrpa": ("Chen2017", "KouzakovStudenikinVoloshin2011", "Cullen1991"),
    "epa-max": ("Chen2014", "Henke1993", "KouzakovStudenikinVoloshin2011", "Cullen1991"),
    "pai": (*_MATTER, "KouzakovStudenikinVoloshin2011", "Cullen1991"),
    "orbital": (*_ORBITALS, *_MATTER, "Cullen1991"),
    "best": (*_ORBITALS, *_MATTER, "KouzakovStudenikinVoloshin2011", "Cullen1991"),
}
FORM_FACTORS: Mapping[str, tuple[str, ...]] = {
    "helm": ("Helm1956", "LewinSmith1996"),
    "helm-rms": ("Helm1956", "LewinSmith1996", "AngeliMarinova2013"),
    "klein-nystrand": ("KleinNystrand1999",),
    "unity": (),
}
"""References of each choice; a table of the user's has a source that only the user knows."""


@dataclass(frozen=True, slots=True)
class Citation:
    """A reference, its BibTeX entry, and what it is cited for."""

    key: str
    bibtex: str
    used_for: tuple[str, ...]

    def __repr__(self) -> str:
        return f"<Citation {self.key}: {'; '.join(self.used_for)}>"

    def _repr_html_(self) -> str:
        """A table for notebooks."""
        rows = [("used for", "; ".join(self.used_for)), ("BibTeX", self.bibtex)]
        return html_table(self.key, rows)


def nuem_citation() -> Citation:
    """The program itself."""
    version = metadata.version("nuem")
    entry = (
        "@software{nuem,\n"
        '  author = "{The nuem developers}",\n'
        '  title = "{nuem: electromagnetic properties of the neutrino at reactors}",\n'
        f'  version = "{version}"\n'
        "}"
    )
    return Citation("nuem", entry, ("the program",))


def citations(experiment: Experiment, method: str = "qtilde") -> tuple[Citation, ...]:
    """nuem, the experiment itself, and the sources of all that it and a method of limits use.

    The source of a table of the user's own is not known here.

    Raises
    ------
    ValueError
        for an unknown method.

    Examples
    --------
    >>> [one.key for one in nuem.citations(nuem.load_experiment("gemma-2012"))][:2]
    ['nuem', 'gemma-2012']
    """
    construction(method)
    uses: dict[str, list[str]] = {}
    for key, use in _references(experiment, method):
        uses.setdefault(key, []).append(use)
    entries = _bibliography()
    found = [Citation(key, entries[key], tuple(dict.fromkeys(u))) for key, u in uses.items()]
    itself = experiment_entry(experiment)
    own = () if itself is None else (Citation(*itself, ("the experiment",)),)
    return (nuem_citation(), *own, *found)


def _references(experiment: Experiment, method: str) -> Iterator[tuple[str, str]]:
    """Keys of references with what each is for, in the order of the experiment file."""
    config = experiment.config
    yield from _reactor(experiment)
    for detector in experiment.layout.detectors:
        yield from _detector(detector, config.analysis.channels)
    for component in config.background:
        yield from _all(component.citations, f"background shape = {component.shape}")
    yield from _interactions(config)
    yield from _physics(config.physics, config.analysis.channels)
    yield from _all(construction(method).references, f"the limit by {method}")
    yield from _all(("BakerCousins1984",), "the likelihood")
    yield from _all(("JamesRoos1975", "iminuit"), "the fit")


def _reactor(experiment: Experiment) -> Iterator[tuple[str, str]]:
    config = experiment.config.reactor
    shipped = shipped_models().get(config.spectrum)
    if shipped is not None:
        yield from _all(shipped.citations, f"reactor.spectrum = {config.spectrum}")
    if config.has_power:
        used = config.energies_per_fission
        yield from _all(ENERGIES[used], f"reactor.energies_per_fission = {used}")
    if neutron_captures_per_fission(experiment) > 0:
        yield from _all(("Perisse2023",), "neutron capture on U-238")
    if config.off_equilibrium:
        yield from _all(("Mueller2011",), "reactor.off_equilibrium")
    if config.oscillation:
        yield from _all(("DayaBay2018",), "reactor.oscillation")


def _detector(config: WholeDetector, channels: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    for key, section in (("resolution", config.resolution), ("efficiency", config.efficiency)):
        yield from _all(section.citations, f"detector.{key}.model = {section.model}")
    if "nucleus" in channels:
        for curve in (config.quenching, *config.quenching_by_element.values()):
            yield from _all(curve.citations, f"quenching model = {curve.model}")


def _interactions(config: ExperimentConfig) -> Iterator[tuple[str, str]]:
    """Of what is always there and changes rates, of options that are on, and of sections."""
    stated = {model_of(section) for section in config.interaction}
    standard = StandardModel(
        couplings(config.physics.couplings),
        running_charge_radius=config.physics.running_charge_radius,
    )
    for entry in interactions():
        always = entry.configuration is None and entry.parameters
        if always or entry.name in stated or entry.always(standard):
            yield from _all(entry.citations, f"{entry.name} cross sections")


def _physics(config: PhysicsConfig, channels: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    yield from _all(COUPLINGS[config.couplings], f"physics.couplings = {config.couplings}")
    if "electron" in channels:
        yield from _all(("tHooft1971",), "neutrino-electron scattering")
        yield from _all(IONIZATION[config.ionization], f"physics.ionization = {config.ionization}")
    if "nucleus" in channels:
        used = config.form_factor
        yield from _all(("Freedman1974",), "coherent scattering on nuclei")
        yield from _all(FORM_FACTORS[used], f"physics.form_factor = {used}")
        if config.axial:
            yield from _all(("Hoferichter2020", "Klos2013"), "physics.axial")


def _all(keys: tuple[str, ...], use: str) -> Iterator[tuple[str, str]]:
    for key in keys:
        yield key, use


@cache
def _bibliography() -> Mapping[str, str]:
    """Entries of references.bib by key."""
    text = (
        resources.files("analysis.published").joinpath("references.bib").read_text(encoding="utf-8")
    )
    return {
        match[1]: match[0] for match in re.finditer(r"^@\w+\{(\w+),\n.*?^\}", text, re.M | re.S)
    }
