"""Citations: every choice has its references, and each entry is whole."""

from __future__ import annotations

import re
from importlib import resources
from pathlib import Path
from typing import Any, get_args

import pytest

from analysis.limits.constructions.registry import constructions
from analysis.published import citations as cited
from fluxes.spectra.fission import shipped_models
from scripts import limit as limit_command
from sim.config.file import PhysicsConfig
from sim.config.reactor import ReactorConfig
from sim.cross_sections.interactions.registry import interactions
from sim.experiment import load_experiment, parse_experiment, preset_text
from sim.syntax.variants import Variant

STEPPING = {"Kopeikin1997", "KouzakovStudenikinVoloshin2011", "Cullen1991"}


def keys(*overrides: str, method: str = "qtilde") -> set[str]:
    found = cited.citations(load_experiment("gemma-2012", overrides), method)
    assert len({c.key for c in found}) == len(found)
    return {c.key for c in found}


def choices(model: Any, key: str) -> set[str]:
    return set(get_args(model.model_fields[key].annotation))


def test_every_choice_has_its_references() -> None:
    assert set(cited.ENERGIES) == choices(ReactorConfig, "energies_per_fission")
    assert set(cited.COUPLINGS) == choices(PhysicsConfig, "couplings")
    assert set(cited.IONIZATION) == choices(PhysicsConfig, "ionization")
    assert set(cited.FORM_FACTORS) == choices(PhysicsConfig, "form_factor")
    assert {known.name for known in constructions()} == set(limit_command.METHODS)


def kinds_of(kind: type[Variant]) -> list[type[Variant]]:
    below = [one for child in kind.__subclasses__() for one in kinds_of(child)]
    return [kind, *below]


def test_the_bibliography_is_whole_and_all_of_it_is_used() -> None:
    text = (
        resources.files("analysis.published").joinpath("references.bib").read_text(encoding="utf-8")
    )
    entries = re.findall(r"^@(\w+)\{(\w+),$", text, re.M)
    names = [key for _, key in entries]
    assert len(set(names)) == len(names) > 35
    assert text.count("{") == text.count("}")
    blocks = text.strip().split("\n\n")
    assert len(blocks) == len(entries)
    for block in blocks:
        assert re.search(r'^  author = ".+",$', block, re.M), block
        assert re.search(r'^  title = "\{.+\}",$', block, re.M), block
        if block.startswith("@article"):
            assert re.search(r'journal = ".+", volume = ".+", .*year = "\d{4}"', block), block
    source = Path(cited.__file__).read_text(encoding="utf-8")
    used = {key for known in constructions() for key in known.references}
    used |= {key for entry in interactions() for key in entry.citations}
    used |= {key for model in shipped_models().values() for key in model.citations}
    used |= {key for kind in kinds_of(Variant) for key in kind.citations}
    assert used <= set(names)
    assert [name for name in names if f'"{name}"' not in source and name not in used] == []


def test_an_experiment_as_it_is() -> None:
    found = keys()
    assert {"nuem", "Perisse2023", "Ma2013", "Kopeikin1997", "Freedman1974", "Helm1956"} <= found
    assert {"Lindhard1963", "ErlerSu2013", "Cowan2011", "BakerCousins1984", "iminuit"} <= found
    assert not {"Huber2011", "Colaresi2022", "FeldmanCousins1998", "DayaBay2018"} & found


@pytest.mark.parametrize(
    ("overrides", "gained", "lost"),
    [
        (["reactor.spectrum=huber-mueller"], {"Huber2011", "Mueller2011"}, set()),
        (
            ["reactor.spectrum=kopeikin-2012", "reactor.neutron_captures_per_fission=0"],
            {"Kopeikin2012"},
            {"Perisse2023"},
        ),
        (["reactor.spectrum=kopeikin-2012"], {"Kopeikin2012"}, set()),
        (["reactor.oscillation=true"], {"DayaBay2018"}, set()),
        (["reactor.energies_per_fission=james-1969"], {"James1969"}, {"Ma2013"}),
        (["physics.ionization=free"], set(), STEPPING),
        (
            ["physics.ionization=pai"],
            {"AllisonCobb1980", "Franta2017", "Nunley2016", "Henke1993"},
            {"Kopeikin1997"},
        ),
        (
            ["physics.ionization=orbital"],
            {"Slater1951", "Latter1955", "Inokuti1971"}
            | {"AllisonCobb1980", "Franta2017", "Nunley2016", "Henke1993"},
            {"Kopeikin1997", "KouzakovStudenikinVoloshin2011"},
        ),
        (["physics.form_factor=klein-nystrand"], {"KleinNystrand1999"}, {"Helm1956"}),
        (["physics.axial=true"], {"Hoferichter2020", "Klos2013"}, set()),
        (["detector.quenching={model='sarkis'}"], {"Sarkis2020"}, {"Lindhard1963"}),
        (
            ["detector.quenching={model='adiabatic', k=0.18, xi_recoil_kev=0.16}"],
            {"Scholz2016"},
            set(),
        ),
        (
            ["analysis.channels=['electron']"],
            set(),
            {"Freedman1974", "Helm1956", "Lindhard1963", "LewinSmith1996"},
        ),
        (["analysis.channels=['nucleus']"], set(), {"tHooft1971", *STEPPING}),
        (["detector.resolution={model='ccd', noise_electrons=2}"], {"Rodrigues2021"}, set()),
    ],
)
def test_what_a_choice_changes(overrides: list[str], gained: set[str], lost: set[str]) -> None:
    assert keys(*overrides) - keys() == gained
    assert keys() - keys(*overrides) == lost


def test_the_method_counts() -> None:
    assert keys(method="feldman-cousins") - keys() == {"FeldmanCousins1998"}
    assert "Read2002" in keys(method="cls")
    assert "Cowan2011" not in keys(method="delta-chi2")
    with pytest.raises(ValueError, match=r"^method 'x': allowed are qtilde, "):
        keys(method="x")


def test_a_flux_that_is_only_stated_needs_no_energies_per_fission() -> None:
    text = preset_text("gemma-2012").replace("baseline_m = 13.9", "")
    text = text.replace("thermal_power_gw = 3.0", "flux_cm2_s = 2.7e13")
    assert "Ma2013" not in {c.key for c in cited.citations(parse_experiment(text))}


def test_uses_are_named_once_for_each() -> None:
    found = {c.key: c for c in cited.citations(load_experiment("gemma-2012"))}
    assert found["Perisse2023"].used_for == (
        "reactor.spectrum = bestiole-2023",
        "neutron capture on U-238",
    )
    assert found["nuem"].bibtex.startswith("@software{nuem,")


def test_a_table_of_isotopes_takes_neutron_capture(tmp_path: Path) -> None:
    (tmp_path / "s.csv").write_text("energy_mev,u235,u238,pu239,pu241\n1,1,1,1,1\n9,0,0,0,0\n")
    overrides = ["reactor.spectrum=table", "reactor.spectrum_table=s.csv"]
    text = preset_text("gemma-2012").replace("neutron_captures_per_fission = 0.6", "")
    found = cited.citations(parse_experiment(text, folder=tmp_path, overrides=overrides))
    assert "Perisse2023" in {c.key for c in found}
    (tmp_path / "s.csv").write_text("energy_mev,total\n1,1\n9,0\n")
    found = cited.citations(parse_experiment(text, folder=tmp_path, overrides=overrides))
    assert "Perisse2023" not in {c.key for c in found}


def test_the_experiment_itself() -> None:
    """An entry of what the file states; none where it says so, and nothing that TeX would run."""
    (own,) = [c for c in cited.citations(load_experiment("munu")) if c.key == "munu"]
    assert own.used_for == ("the experiment",)
    assert own.bibtex == (
        '@misc{munu,\n  author = "Daraktchieva and others",\n  title = "{munu}",\n'
        '  note = "Daraktchieva et al., Phys. Lett. B 615, 153 (2005), hep-ex/0502037",\n'
        '  year = "2005",\n  eprint = "hep-ex/0502037",\n  archivePrefix = "arXiv"\n}'
    )
    none = cited.citations(load_experiment("germanium-prospect"))
    assert "germanium-prospect" not in {c.key for c in none}
    hostile = preset_text("munu").replace(
        "Daraktchieva et al., ", "\\\\input{x} 5 % of $a_b$ @x et al., "
    )
    (own,) = [c for c in cited.citations(parse_experiment(hostile)) if c.key == "munu"]
    note = r"{\textbackslash}input(x) 5 \% of \$a\_b\$ {@}x et al., Phys."
    assert f'  note = "{note}' in own.bibtex
    assert "author" not in own.bibtex
