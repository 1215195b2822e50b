"""The [detector.quenching] section: the ionization of nuclear recoils, a class a model."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Discriminator, Tag

from sim.section import FileName, Number, Positive, Section, tag_of


class LindhardQuenching(Section):
    """Lindhard's curve; k defaults to 0.133 Z^(2/3) A^(-1/2) of each element."""

    model: Literal["lindhard"] = "lindhard"
    """Quenching of nuclear recoils."""
    k: Positive | None = None
    """Lindhard's k; left out: 0.133 Z^(2/3) A^(-1/2) of each element."""


class ConstantQuenching(Section):
    """One factor at all energies; 1 for a phonon detector."""

    model: Literal["constant"]
    """Quenching of nuclear recoils."""
    factor: Positive
    """The factor at all energies; 1 for a phonon detector."""


class DresdenQuenching(Section):
    """Germanium curves of the Dresden-II analysis: iron-filtered beam, YBe photoneutrons."""

    model: Literal["dresden2"]
    """Quenching of nuclear recoils; germanium only."""
    curve: Literal["Fef", "YBe"]
    """Iron-filtered beam, or photoneutrons of YBe."""


class SarkisQuenching(Section):
    """Lindhard's equation with a binding energy (Sarkis et al. 2020); silicon and germanium."""

    model: Literal["sarkis"]
    """Quenching of nuclear recoils; silicon and germanium only."""
    k: Positive | None = None
    """Lindhard's k; left out: 0.133 Z^(2/3) A^(-1/2) of the element."""


class ModifiedQuenching(Section):
    """Lindhard's curve less q / e: a constant energy lost, or with q < 0 won."""

    model: Literal["modified-lindhard"]
    """Quenching of nuclear recoils."""
    k: Positive
    """Lindhard's k."""
    q: Number
    """Energy lost, in Lindhard's reduced unit; below 0: won."""


class AdiabaticQuenching(Section):
    """Lindhard's curve times 1 - exp(-T / xi), which dies at slow recoils."""

    model: Literal["adiabatic"]
    """Quenching of nuclear recoils."""
    k: Positive
    """Lindhard's k."""
    xi_recoil_kev: Positive
    """Recoil energy xi below which the ionization dies."""


class LinearQuenching(Section):
    """A straight line without a model, 0 where it would be negative."""

    model: Literal["linear"]
    """Quenching of nuclear recoils."""
    intercept: Number
    """Quenching factor at zero recoil."""
    slope_per_kev: Number
    """Its rise with the recoil energy."""


class TableQuenching(Section):
    """A table with the columns recoil_kev, quenching_factor; beyond its end constant or refused."""

    model: Literal["table"]
    """Quenching of nuclear recoils."""
    file: FileName
    """Table of recoil_kev (nuclear recoil) and quenching_factor."""
    beyond: Literal["constant", "error"] = "error"
    """What to do above the last row."""


def _quenching_tag(value: Any) -> str:
    return tag_of(value, "model", "lindhard")


QuenchingConfig = Annotated[
    Annotated[LindhardQuenching, Tag("lindhard")]
    | Annotated[ConstantQuenching, Tag("constant")]
    | Annotated[DresdenQuenching, Tag("dresden2")]
    | Annotated[SarkisQuenching, Tag("sarkis")]
    | Annotated[ModifiedQuenching, Tag("modified-lindhard")]
    | Annotated[AdiabaticQuenching, Tag("adiabatic")]
    | Annotated[LinearQuenching, Tag("linear")]
    | Annotated[TableQuenching, Tag("table")],
    Discriminator(_quenching_tag),
]
