"""Experiment files of one bin: mu^2 counts of signal on a background, and observed counts."""

from __future__ import annotations

from pathlib import Path

TEXT = """
name = "one-bin"
[reactor]
flux_cm2_s = 1e13
normalisation = "flux"
spectrum = "bestiole-2023"
fission_fractions = {{ u235 = 0.58, u238 = 0.07, pu239 = 0.30, pu241 = 0.05 }}
[detector]
material = "Ge"
mass_kg = 1.0
threshold_kev = 1.0
min_ionization_kev = 0.003
[detector.resolution]
noise_fwhm_kev = 0.1
[exposure]
on_days = 1.0
off_days = {off_days}
[analysis]
window_kev = [1.0, 2.0]
bin_width_kev = 1.0
[templates]
file = "signal.csv"
{background}
[data]
on = "on.csv"
{off}
"""


def one_bin(
    folder: Path,
    n: int,
    background: float,
    *,
    norm: str = "0.0",
    off: tuple[float, int] | None = None,
    signal: float = 1.0,
) -> Path:
    """An experiment file; norm is that of the background, off the live days and counts of OFF."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "signal.csv").write_text(f"low_kev,high_kev,mu2\n1,2,{signal!r}\n")
    head = "low_kev,high_kev,counts\n1,2,"
    (folder / "on.csv").write_text(f"{head}{n}\n")
    component = (
        '[[background]]\nname = "b"\nshape = "flat"\n'
        f"rate_per_kev_kg_day = {background!r}\nnorm = {norm}\n"
    )
    if off is not None:
        (folder / "off.csv").write_text(f"{head}{off[1]}\n")
    path = folder / "one-bin.toml"
    path.write_text(
        TEXT.format(
            off_days=0.0 if off is None else off[0],
            background=component if background else "",
            off="" if off is None else 'off = "off.csv"',
        )
    )
    return path
