"""Errors of physics and statistics that people make, planted one at a time by ``plant.py``.

Each is a name, the file, the text to replace (which must stand there exactly once) and the wrong
text.  Which tests look at a file says ``TESTS``.
"""

from __future__ import annotations

from typing import NamedTuple


class PlantedError(NamedTuple):
    """One error."""

    name: str
    file: str
    right: str
    wrong: str


TESTS: dict[str, tuple[str, ...]] = {
    "sim/cross_sections/kernels.py": (
        "sim/test_kernels.py",
        "sim/test_electron.py",
        "sim/test_nucleus.py",
    ),
    "sim/cross_sections/electron.py": ("sim/test_electron.py",),
    "sim/cross_sections/nucleus.py": ("sim/test_nucleus.py",),
    "sim/cross_sections/interactions/electromagnetic.py": (
        "sim/test_electron.py",
        "sim/test_nucleus.py",
        "analysis/test_fit.py",
        "analysis/test_limits.py",
    ),
    "sim/cross_sections/interactions/vector_mediator.py": (
        "sim/interactions/test_vector_mediator.py",
    ),
    "sim/cross_sections/interactions/nsi.py": ("sim/interactions/test_nsi.py",),
    "sim/cross_sections/interactions/scalar_mediator.py": (
        "sim/interactions/test_scalar_mediator.py",
    ),
    "sim/cross_sections/interactions/dipole_portal.py": ("sim/interactions/test_dipole_portal.py",),
    "sim/cross_sections/interactions/sterile_oscillation.py": (
        "sim/interactions/test_sterile_oscillation.py",
    ),
    "sim/cross_sections/interactions/running_charge_radius.py": (
        "sim/interactions/test_running_charge_radius.py",
    ),
    "sim/cross_sections/theory.py": ("sim/test_interactions.py",),
    "sim/cross_sections/constants.py": (
        "sim/test_couplings.py",
        "sim/test_electron.py",
        "sim/test_nucleus.py",
    ),
    "sim/cross_sections/couplings.py": ("sim/test_couplings.py", "sim/test_loop_couplings.py"),
    "sim/cross_sections/kinematics.py": ("sim/test_kinematics.py",),
    "sim/cross_sections/axial.py": ("sim/test_axial.py",),
    "sim/folding/rates.py": (
        "sim/test_rates.py",
        "sim/test_axial.py",
        "sim/test_public_rates.py",
    ),
    "sim/folding/templates.py": ("sim/test_templates.py", "sim/test_check_points.py"),
    "sim/folding/recoil_grid.py": ("sim/test_recoil_grid.py", "sim/test_templates.py"),
    "sim/config/systematics.py": ("sim/test_nuisances.py",),
    "sim/cross_sections/ionization/stepping.py": ("sim/test_ionization.py",),
    "sim/folding/responses.py": ("sim/test_nuisances.py", "sim/test_check_points.py"),
    "sim/folding/flux_basis.py": ("sim/test_model.py", "sim/test_reactor_flux.py"),
    "sim/folding/reactor_flux.py": ("sim/test_reactor_flux.py",),
    "sim/layout/backgrounds.py": ("sim/test_backgrounds.py",),
    "sim/layout/layout.py": ("sim/test_model.py", "sim/test_backgrounds.py"),
    "fluxes/kernels.py": ("fluxes/test_kernels.py", "fluxes/test_moments.py"),
    "fluxes/reactor/flux.py": ("fluxes/test_reactor.py",),
    "fluxes/reactor/oscillation.py": ("fluxes/test_oscillation.py",),
    "fluxes/reactor/inverse_beta_decay.py": ("fluxes/test_inverse_beta_decay.py",),
    "fluxes/beta_decay.py": ("fluxes/test_beta_decay.py",),
    "fluxes/reactor/spent_fuel.py": ("fluxes/test_spent_fuel.py",),
    "fluxes/spectra/neutron_capture.py": ("fluxes/test_neutron_capture.py",),
    "fluxes/uncertainty/covariance.py": ("fluxes/test_uncertainty.py",),
    "detectors/matter/nuclei.py": ("detectors/test_nuclei.py",),
    "detectors/matter/materials.py": ("detectors/test_materials.py",),
    "detectors/matter/atoms.py": ("detectors/test_atoms.py",),
    "detectors/quenching/curve.py": ("detectors/test_quenching.py",),
    "detectors/quenching/binding.py": ("detectors/test_binding_quenching.py",),
    "detectors/resolution.py": ("detectors/test_resolution.py",),
    "detectors/response.py": ("detectors/test_response.py",),
    "detectors/efficiency.py": ("detectors/test_efficiency.py",),
    "detectors/electrons.py": ("detectors/test_electrons.py",),
    "detectors/counted_response.py": ("detectors/test_electrons.py",),
    "detectors/photo_electrons.py": ("detectors/test_photo_electrons.py",),
    "detectors/backgrounds.py": ("detectors/test_backgrounds.py",),
    "analysis/likelihood/kernels.py": ("analysis/test_likelihood.py", "analysis/test_kernels.py"),
    "analysis/fits/minimum.py": ("analysis/test_minimum.py", "analysis/test_limits.py"),
    "analysis/limits/constructions/qtilde.py": (
        "analysis/test_constructions.py",
        "analysis/test_limits.py",
    ),
    "analysis/limits/constructions/delta_chi2.py": (
        "analysis/test_constructions.py",
        "analysis/test_limits.py",
    ),
    "analysis/limits/constructions/cls.py": (
        "analysis/test_constructions.py",
        "analysis/test_limits.py",
    ),
    "analysis/limits/constructions/clsb.py": (
        "analysis/test_constructions.py",
        "analysis/test_levels.py",
    ),
    "analysis/statistics/tails.py": (
        "analysis/test_constructions.py",
        "analysis/test_limits.py",
    ),
    "analysis/statistics/asymptotics.py": (
        "analysis/test_levels.py",
        "analysis/test_constructions.py",
    ),
    "analysis/fits/intervals.py": ("analysis/test_intervals.py", "analysis/test_limits.py"),
    "analysis/likelihood/assembly.py": (
        "analysis/test_likelihood.py",
        "analysis/test_nuisances.py",
    ),
    "sim/sources/joint.py": ("analysis/test_nuisances.py",),
    "analysis/fits/toy_preparation.py": ("analysis/test_auxiliary.py", "analysis/test_study.py"),
    "sim/cross_sections/signal.py": (
        "sim/test_model.py",
        "analysis/test_fit.py",
        "analysis/test_limits.py",
    ),
    "sim/pseudo.py": ("sim/test_pseudo.py",),
}

ERRORS = (
    # Constants and couplings
    PlantedError(
        "hbar c rounded",
        "sim/cross_sections/constants.py",
        "HBAR_C2_MEV2_CM2 = HBAR_C_MEV_CM**2",
        "HBAR_C2_MEV2_CM2 = 1.97e-11**2",
    ),
    PlantedError(
        "hbar c not squared",
        "sim/cross_sections/constants.py",
        "HBAR_C2_MEV2_CM2 = HBAR_C_MEV_CM**2",
        "HBAR_C2_MEV2_CM2 = HBAR_C_MEV_CM",
    ),
    PlantedError(
        "Fermi constant in GeV^-2",
        "sim/cross_sections/constants.py",
        "1.1663787e-5 * 1e-6",
        "1.1663787e-5 * 1e-3",
    ),
    PlantedError(
        "charge radius coupling twice as large",
        "sim/cross_sections/constants.py",
        "/ (3 * FERMI_MEV2)",
        "/ (1.5 * FERMI_MEV2)",
    ),
    PlantedError(
        "vector coupling without sin^2",
        "sim/cross_sections/couplings.py",
        "2 * s2 + sign * 0.5, sign * 0.5",
        "sign * 0.5, sign * 0.5",
    ),
    PlantedError(
        "neutron coupling with the wrong sign",
        "sim/cross_sections/couplings.py",
        "0.5 - 2 * s2, -0.5, 0.0, s2)",
        "0.5 - 2 * s2, 0.5, 0.0, s2)",
    ),
    PlantedError(
        "proton coupling 1/2 - 4 s^2",
        "sim/cross_sections/couplings.py",
        "vector, axial, 0.5 - 2 * s2",
        "vector, axial, 0.5 - 4 * s2",
    ),
    PlantedError(
        "sign of the Standard Model charge radius",
        "sim/cross_sections/couplings.py",
        "radius_mev2 = -FERMI_MEV2",
        "radius_mev2 = FERMI_MEV2",
    ),
    PlantedError(
        "shift of the proton coupling with the sign of the electron's",
        "sim/cross_sections/couplings.py",
        "_LOOP_PROTON_VECTOR[flavour] - shift",
        "_LOOP_PROTON_VECTOR[flavour] + shift",
    ),
    # Neutrinos on electrons
    PlantedError(
        "antineutrinos as neutrinos",
        "sim/cross_sections/electron.py",
        "sign * stacked(by_axial, recoil.size)",
        "-sign * stacked(by_axial, recoil.size)",
    ),
    PlantedError(
        "sign of the m_e T / E^2 term",
        "sim/cross_sections/kernels.py",
        "+ (a * a - v * v) * mass_term",
        "- (a * a - v * v) * mass_term",
    ),
    PlantedError(
        "(1 - T/E) not squared",
        "sim/cross_sections/kernels.py",
        "y2 = m0 - 2.0 * t * m1 + t * t * m2\n        mass_term",
        "y2 = m0 - t * m1\n        mass_term",
    ),
    PlantedError(
        "1/E left out of the magnetic term",
        "sim/cross_sections/interactions/electromagnetic.py",
        "rows = [1 / recoil_mev, np.full_like(recoil_mev, -1.0), np.zeros_like(recoil_mev)]",
        "rows = [1 / recoil_mev, np.zeros_like(recoil_mev), np.zeros_like(recoil_mev)]",
    ),
    PlantedError(
        "interference of q without the factor 2",
        "sim/cross_sections/kernels.py",
        "linear[k] = weak * (2.0 * (right",
        "linear[k] = weak * (1.0 * (right",
    ),
    PlantedError(
        "q/T as q",
        "sim/cross_sections/interactions/electromagnetic.py",
        "return -self._strength(ELECTRON_MASS_MEV) / recoil_mev, 0.0",
        "return -self._strength(ELECTRON_MASS_MEV), 0.0",
    ),
    PlantedError(
        "q r without the factor 2",
        "sim/cross_sections/kernels.py",
        "times = 1.0 if i == j else 2.0\n        spectrum, one, other = out[row], vector[i]",
        "times = 1.0\n        spectrum, one, other = out[row], vector[i]",
    ),
    PlantedError(
        "G_F^2 m_e / pi for / 2 pi",
        "sim/cross_sections/electron.py",
        "FERMI_MEV2**2 * ELECTRON_MASS_MEV / (2 * pi) *",
        "FERMI_MEV2**2 * ELECTRON_MASS_MEV / pi *",
    ),
    PlantedError(
        "charge of the electron +1",
        "sim/cross_sections/interactions/electromagnetic.py",
        "return -self._strength(ELECTRON_MASS_MEV)",
        "return self._strength(ELECTRON_MASS_MEV)",
    ),
    PlantedError(
        "alpha for alpha^2",
        "sim/cross_sections/interactions/electromagnetic.py",
        "pi * ALPHA**2 / ELECTRON_MASS_MEV**2 * MU_SCALE**2",
        "pi * ALPHA / ELECTRON_MASS_MEV**2 * MU_SCALE**2",
    ),
    PlantedError(
        "per MeV for per keV",
        "sim/cross_sections/electron.py",
        "HBAR_C2_MEV2_CM2 / KEV_PER_MEV",
        "HBAR_C2_MEV2_CM2",
    ),
    # Neutrinos on nuclei
    PlantedError(
        "Z for N",
        "sim/cross_sections/nucleus.py",
        "nucleus.n * couplings.neutron_vector",
        "nucleus.z * couplings.neutron_vector",
    ),
    PlantedError(
        "A for N",
        "sim/cross_sections/nucleus.py",
        "nucleus.n * couplings.neutron_vector",
        "nucleus.a * couplings.neutron_vector",
    ),
    PlantedError(
        "F for F^2",
        "sim/cross_sections/nucleus.py",
        "_standard(theory, nucleus, recoil) * factor]",
        "_standard(theory, nucleus, recoil) * factor**0.5]",
    ),
    PlantedError(
        "F^4 in the magnetic part",
        "sim/cross_sections/interactions/electromagnetic.py",
        "(nucleus.z * factor) ** 2",
        "(nucleus.z * factor**2) ** 2",
    ),
    PlantedError(
        "electron mass for the nuclear one",
        "sim/cross_sections/nucleus.py",
        "FERMI_MEV2**2 * nucleus.mass_mev / pi *",
        "FERMI_MEV2**2 * 0.511 / pi *",
    ),
    PlantedError(
        "charge radius with the electron's sign",
        "sim/cross_sections/interactions/electromagnetic.py",
        "return -CHARGE_RADIUS_COUPLING_CM2",
        "return CHARGE_RADIUS_COUPLING_CM2",
    ),
    # Interactions
    PlantedError(
        "2 sqrt2 for sqrt2 in the exchange of a vector",
        "sim/cross_sections/interactions/vector_mediator.py",
        "return _SCALE**2 / (sqrt(2) * FERMI_MEV2 * propagator)",
        "return _SCALE**2 / (2 * sqrt(2) * FERMI_MEV2 * propagator)",
    ),
    PlantedError(
        "quarks of the neutron as of the proton",
        "sim/cross_sections/interactions/vector_mediator.py",
        "neutron=q.nu * (q.u + 2 * q.d)",
        "neutron=q.nu * (2 * q.u + q.d)",
    ),
    PlantedError(
        "electron's mass in every propagator",
        "sim/cross_sections/interactions/vector_mediator.py",
        "exchange = self._exchange(nucleus.mass_mev, recoil_mev)",
        "exchange = self._exchange(ELECTRON_MASS_MEV, recoil_mev)",
    ),
    PlantedError(
        "u and d interchanged",
        "sim/cross_sections/interactions/nsi.py",
        'QuarkShift("eps_u", channels=("nucleus",), in_proton=2, in_neutron=1)',
        'QuarkShift("eps_u", channels=("nucleus",), in_proton=1, in_neutron=2)',
    ),
    PlantedError(
        "eps^A with the other sign",
        "sim/cross_sections/interactions/nsi.py",
        "(0.0, _SCALE) if self.axial",
        "(0.0, -_SCALE) if self.axial",
    ),
    PlantedError(
        "1 + T / 2 m left out of the scalar",
        "sim/cross_sections/interactions/scalar_mediator.py",
        "of_spin if self.pseudoscalar else 1 + of_spin",
        "of_spin if self.pseudoscalar else 1",
    ),
    PlantedError(
        "F for F^2 of the scalar",
        "sim/cross_sections/interactions/scalar_mediator.py",
        "(charge * factor * mass) ** 2",
        "(charge * mass) ** 2 * factor",
    ),
    PlantedError(
        "massless lower limit for the sterile state",
        "sim/cross_sections/interactions/dipole_portal.py",
        "min_neutrino_energy_mev(t, mass) * mass_term",
        "min_neutrino_energy_mev(t, mass)",
    ),
    PlantedError(
        "spin 0 for every target of the dipole",
        "sim/cross_sections/interactions/dipole_portal.py",
        "spinless=False",
        "spinless=True",
    ),
    PlantedError(
        "a wave of twice the depth",
        "sim/cross_sections/interactions/sterile_oscillation.py",
        "half = _SCALE / 2",
        "half = _SCALE",
    ),
    PlantedError(
        "the running radius with the electron's sign on nuclei",
        "sim/cross_sections/interactions/running_charge_radius.py",
        "return -self._coupling(running), 0.0",
        "return self._coupling(running), 0.0",
    ),
    PlantedError(
        "transitions interfere",
        "sim/cross_sections/theory.py",
        "sector = found.setdefault(part.sector, {})",
        'sector = found.setdefault("", {})',
    ),
    PlantedError(
        "kinematics 1 - M T / E^2",
        "sim/cross_sections/kernels.py",
        "- 0.5 * mass * t * moments[2, k])",
        "- mass * t * moments[2, k])",
    ),
    PlantedError(
        "spin-0 term for every nucleus",
        "sim/cross_sections/interactions/electromagnetic.py",
        "1.0 if nucleus.spin == 0 else 0.0",
        "1.0",
    ),
    PlantedError(
        "axial term with M T / E^2",
        "sim/cross_sections/axial.py",
        "mass * recoil * m2 / 2",
        "mass * recoil * m2",
    ),
    PlantedError(
        "isoscalar for isovector spins",
        "sim/cross_sections/axial.py",
        "(proton - neutron) ** 2",
        "(proton + neutron) ** 2",
    ),
    PlantedError(
        "J / (J + 1) turned round", "sim/cross_sections/axial.py", "(j + 1) / j", "j / (j + 1)"
    ),
    # Kinematics
    PlantedError(
        "E_min = sqrt(M T / 2) on electrons",
        "sim/cross_sections/kinematics.py",
        "(recoil_mev + np.sqrt(recoil_mev**2 + 2 * mass_mev * recoil_mev)) / 2)",
        "np.sqrt(mass_mev * recoil_mev / 2))",
    ),
    PlantedError(
        "T_max = 2 E^2 / M",
        "sim/cross_sections/kinematics.py",
        "2 * energy_mev**2 / (mass_mev + 2 * energy_mev)",
        "2 * energy_mev**2 / mass_mev",
    ),
    # Parameters
    PlantedError(
        "mu for mu^2",
        "sim/cross_sections/signal.py",
        "return float(((value - self.origin) / self.scale) ** (1 / self.power))",
        "return float((value - self.origin) / self.scale)",
    ),
    PlantedError(
        "total for the deviation of the charge radius",
        "sim/cross_sections/signal.py",
        "return float(((value - self.origin) / self.scale) ** (1 / self.power))",
        "return float((value / self.scale) ** (1 / self.power))",
    ),
    PlantedError(
        "transitions interfere with the weak amplitude",
        "sim/cross_sections/interactions/electromagnetic.py",
        "Contribution(q, charge, sector=flavour)",
        "Contribution(q, charge)",
    ),
    # Atoms and rates
    PlantedError(
        "all electrons from threshold on",
        "detectors/matter/atoms.py",
        "(energy[:, None] >= self.binding_kev)",
        "(energy[:, None] >= 0 * self.binding_kev)",
    ),
    PlantedError(
        "binding energies in eV",
        "detectors/matter/atoms.py",
        'float(row["binding_ev"]) for row in rows]) / 1e3',
        'float(row["binding_ev"]) for row in rows])',
    ),
    PlantedError(
        "seconds for days",
        "sim/folding/rates.py",
        "total *= target.atoms_per_kg * SECONDS_PER_DAY",
        "total *= target.atoms_per_kg",
    ),
    PlantedError(
        "isotopes without their abundance",
        "sim/folding/rates.py",
        "total += nucleus.abundance * spectra",
        "total += spectra",
    ),
    PlantedError(
        "atoms per gram",
        "detectors/matter/materials.py",
        "1e3 * AVOGADRO_PER_MOL / molar_mass_u",
        "AVOGADRO_PER_MOL / molar_mass_u",
    ),
    PlantedError(
        "atoms without their number in the formula",
        "detectors/matter/materials.py",
        "composition[symbol], count * units_per_kg)",
        "composition[symbol], units_per_kg)",
    ),
    PlantedError(
        "ratio to RRPA turned round",
        "sim/cross_sections/ionization/stepping.py",
        "atom.active_electrons(recoil_kev) / _rrpa_ratio",
        "atom.active_electrons(recoil_kev) * _rrpa_ratio",
    ),
    # Nuclei
    PlantedError(
        "sign in the Helm exponent",
        "detectors/matter/nuclei.py",
        "np.exp(-((0.9 * q) ** 2) / 2)",
        "np.exp(((0.9 * q) ** 2) / 2)",
    ),
    PlantedError(
        "factor 2 in the Helm exponent",
        "detectors/matter/nuclei.py",
        "np.exp(-((0.9 * q) ** 2) / 2)",
        "np.exp(-((0.9 * q) ** 2))",
    ),
    PlantedError(
        "momentum without the factor 2",
        "detectors/matter/nuclei.py",
        "np.sqrt(2 * nucleus.mass_mev * as_float_array",
        "np.sqrt(nucleus.mass_mev * as_float_array",
    ),
    PlantedError(
        "Helm radius with + 5 s^2",
        "detectors/matter/nuclei.py",
        "7 / 3 * np.pi**2 * 0.52**2 - 5 * 0.9**2",
        "7 / 3 * np.pi**2 * 0.52**2 + 5 * 0.9**2",
    ),
    PlantedError(
        "rms radius as the radius",
        "detectors/matter/nuclei.py",
        "5 / 3 * (radius**2 - 3 * 0.9**2)",
        "radius**2 - 3 * 0.9**2",
    ),
    # Flux
    PlantedError(
        "4 pi L^2 in m^2",
        "fluxes/reactor/flux.py",
        "(4 * pi * (100 * baseline_m) ** 2)",
        "(4 * pi * baseline_m**2)",
    ),
    PlantedError(
        "2 pi L^2",
        "fluxes/reactor/flux.py",
        "(4 * pi * (100 * baseline_m) ** 2)",
        "(2 * pi * (100 * baseline_m) ** 2)",
    ),
    PlantedError(
        "neutron capture counted twice",
        "fluxes/reactor/flux.py",
        "weights.append(neutron_captures_per_fission)",
        "weights.append(2 * neutron_captures_per_fission)",
    ),
    PlantedError(
        "np-239 forgotten",
        "fluxes/spectra/neutron_capture.py",
        "weighted_sum([1.0, 1.0]",
        "weighted_sum([1.0, 0.0]",
    ),
    PlantedError("GW as MW", "fluxes/reactor/flux.py", "MEV_PER_GW_S = 1e9", "MEV_PER_GW_S = 1e6"),
    PlantedError(
        "weights of sources by flux",
        "fluxes/reactor/flux.py",
        "weights = [flux.fissions_cm2_s for flux in fluxes]",
        "weights = [flux.total_cm2_s for flux in fluxes]",
    ),
    PlantedError(
        "moments without the last cell",
        "fluxes/kernels.py",
        "for i in range(n_cells - 1, -1, -1):",
        "for i in range(n_cells - 2, -1, -1):",
    ),
    PlantedError(
        "M_0 of a slope twice as steep",
        "fluxes/kernels.py",
        "m0 = width * (c0 + c1 * total / 2.0",
        "m0 = width * (c0 + c1 * total",
    ),
    PlantedError(
        "M_2 with the wrong mean energy",
        "fluxes/kernels.py",
        "width * (c2 + c3 * total / 2.0)",
        "width * (c2 + c3 * total)",
    ),
    PlantedError(
        "phase of oscillation twice as large",
        "fluxes/reactor/oscillation.py",
        "PHASE_PER_EV2_M_MEV = 1e-12 / (2 *",
        "PHASE_PER_EV2_M_MEV = 1e-12 / (1 *",
    ),
    PlantedError(
        "cos^2 for cos^4 of theta13",
        "fluxes/reactor/oscillation.py",
        "cos2_theta13**2 * parameters.sin2_2theta12",
        "cos2_theta13 * parameters.sin2_2theta12",
    ),
    PlantedError(
        "phase space without the Fermi function",
        "fluxes/beta_decay.py",
        "shape = momentum * total * neutrino**2 * coulomb",
        "shape = momentum * total * neutrino**2",
    ),
    PlantedError(
        "positron energy without the mass difference",
        "fluxes/reactor/inverse_beta_decay.py",
        "positron = e - (NEUTRON_MASS_MEV - PROTON_MASS_MEV)",
        "positron = e - ELECTRON_MASS_MEV",
    ),
    PlantedError(
        "decay without cooling",
        "fluxes/reactor/spent_fuel.py",
        "* exp(-rate * cooling_d)",
        "* exp(-0 * cooling_d)",
    ),
    PlantedError(
        "half-life as lifetime",
        "fluxes/reactor/spent_fuel.py",
        'rate = log(2) / emitters[chain]["half_life_d"]',
        'rate = 1 / emitters[chain]["half_life_d"]',
    ),
    PlantedError(
        "common error as independent ones",
        "fluxes/uncertainty/covariance.py",
        "NEUTRON_CAPTURE_RELATIVE_ERROR * neutron_captures_per_fission",
        "NEUTRON_CAPTURE_RELATIVE_ERROR",
    ),
    # Detector
    PlantedError(
        "k of Lindhard without A",
        "detectors/quenching/curve.py",
        "0.133 * z ** (2 / 3) * a**-0.5",
        "0.133 * z ** (2 / 3)",
    ),
    PlantedError(
        "Z^(7/3) in epsilon",
        "detectors/quenching/curve.py",
        "11.5 * z ** (-7 / 3) * energy_kev",
        "11.5 * z ** (7 / 3) * energy_kev",
    ),
    PlantedError(
        "quenching k g / (1 - k g)",
        "detectors/quenching/curve.py",
        "self.k * g / (1 + self.k * g)",
        "self.k * g / (1 - self.k * g)",
    ),
    PlantedError(
        "cut-off at U",
        "detectors/quenching/binding.py",
        "cut_off = 2 * self.binding_kev",
        "cut_off = self.binding_kev",
    ),
    PlantedError(
        "FWHM as sigma",
        "detectors/resolution.py",
        "FWHM_PER_SIGMA = 2 * np.sqrt(2 * np.log(2))",
        "FWHM_PER_SIGMA = np.float64(1.0)",
    ),
    PlantedError(
        "Fano term not under the root",
        "detectors/resolution.py",
        "self.pair_energy_kev * self.fano_factor * energy)",
        "self.pair_energy_kev * self.fano_factor**2 * energy)",
    ),
    PlantedError(
        "as many carriers as there are not",
        "detectors/counted_response.py",
        "matrix = given_count @ probability",
        "matrix = given_count @ probability[::-1]",
    ),
    PlantedError(
        "bins shifted by one",
        "detectors/response.py",
        "found = np.abs(tail[1:] - tail[:-1])",
        "found = np.abs(np.roll(tail[1:] - tail[:-1], 1, axis=0))",
    ),
    PlantedError(
        "threshold on the true energy alone",
        "detectors/response.py",
        "clipped = np.maximum(edges_kev, threshold_kev)",
        "clipped = np.maximum(edges_kev, 0.0)",
    ),
    PlantedError(
        "no lowest ionization",
        "detectors/response.py",
        "return matrix * (ionization_kev >= min_ionization_kev)",
        "return matrix",
    ),
    PlantedError(
        "efficiency without sqrt 2",
        "detectors/efficiency.py",
        "(np.sqrt(2) * self.width_kev)",
        "self.width_kev",
    ),
    PlantedError(
        "efficiency half as large",
        "detectors/efficiency.py",
        "turn_on = (1 + erf(",
        "turn_on = (0.5 + 0.5 * erf(",
    ),
    PlantedError(
        "electrons all extracted",
        "detectors/electrons.py",
        "return self.extraction * self.fano_factor + 1 - self.extraction",
        "return self.fano_factor",
    ),
    PlantedError(
        "Poisson without its factorial",
        "detectors/photo_electrons.py",
        "xlogy(n, means) - means - gammaln(n + 1)",
        "xlogy(n, means) - means - gammaln(n)",
    ),
    PlantedError(
        "power law without its Jacobian",
        "detectors/backgrounds.py",
        "self.rate_per_kev_kg_day * self.reference_kev * integral",
        "self.rate_per_kev_kg_day * integral",
    ),
    PlantedError(
        "exponential at bin starts",
        "detectors/backgrounds.py",
        "self.scale_kev * start * np.expm1(-widths)",
        "self.scale_kev * start * -widths",
    ),
    PlantedError(
        "decay with the lifetime",
        "detectors/backgrounds.py",
        "rate = np.log(2) / half_life_days",
        "rate = 1 / half_life_days",
    ),
    # Folding
    PlantedError(
        "recoil weights left out",
        "sim/folding/templates.py",
        "rates * weights, _response(instrument, inputs, recoil))",
        "rates * weights.mean(), _response(instrument, inputs, recoil))",
    ),
    PlantedError(
        "response at the nuclear recoil energy",
        "sim/folding/templates.py",
        "    ionization = quenching.ionization_kev(recoil)\n",
        "    ionization = recoil\n",
    ),
    PlantedError(
        "half widths as widths of cells",
        "sim/folding/recoil_grid.py",
        "(half * weights).ravel()",
        "(2 * half * weights).ravel()",
    ),
    PlantedError(
        "half the difference of the morphs left out",
        "sim/folding/responses.py",
        "    odd, even = (up - down) / 2,",
        "    odd, even = (up - down),",
    ),
    PlantedError(
        "curvature of the morphs",
        "sim/folding/responses.py",
        "(up - down) / 2, (up + down) / 2 - whole",
        "(up - down) / 2, (up + down) / 2",
    ),
    PlantedError(
        "reactor background in OFF too",
        "sim/layout/backgrounds.py",
        "return spectrum.kg_days * _power_share(layout, component, spectrum, path)",
        "return spectrum.kg_days",
    ),
    PlantedError(
        "background without the mass",
        "sim/layout/layout.py",
        "return live * scale, _mass_kg(detector) * (live * scale)",
        "return live * scale, live * scale",
    ),
    PlantedError(
        "OFF flux left out",
        "sim/folding/flux_basis.py",
        "shapes.add(period.full.values(), at_full, period.residual_flux * (period.name in seen))",
        "shapes.add(period.full.values(), at_full, 0.0)",
    ),
    PlantedError(
        "flux of a core as if at 1 m",
        "sim/folding/reactor_flux.py",
        "return self.scale * rate / (4 * pi * (100 * core.baseline_m) ** 2)",
        "return self.scale * rate / (4 * pi * 100**2)",
    ),
    PlantedError(
        "flux norm moves the background too",
        "sim/config/systematics.py",
        'flux_norm: Annotated[Uncertainty, Changes("all")]',
        'flux_norm: Annotated[Uncertainty, Changes("all", backgrounds=True)]',
    ),
    # Likelihood
    PlantedError(
        "Gaussian constraint left out",
        "analysis/likelihood/kernels.py",
        "        total += pull * pull\n",
        "        total += 0.0 * pull * pull\n",
    ),
    PlantedError(
        "-ln L for -2 ln L",
        "analysis/likelihood/kernels.py",
        "term = 2.0 * count * (excess - math.log1p(excess))",
        "term = count * (excess - math.log1p(excess))",
    ),
    PlantedError(
        "a factor of a term left out",
        "analysis/likelihood/kernels.py",
        "            product *= x[factors[t, j]]\n",
        "            product *= x[factors[t, j]] if j else 1.0\n",
    ),
    PlantedError(
        "constraint with sigma for 1 / sigma",
        "analysis/likelihood/assembly.py",
        "1 / np.where(fixed, 1.0, sigmas)",
        "np.where(fixed, 1.0, sigmas)",
    ),
    PlantedError(
        "shared nuisances as separate ones",
        "sim/sources/joint.py",
        "if common in shared:",
        "if False:",
    ),
    PlantedError(
        "errors not squared",
        "analysis/likelihood/assembly.py",
        "errors[place] ** 2",
        "errors[place]",
    ),
    PlantedError(
        "OFF fit leaves the background free",
        "analysis/fits/minimum.py",
        "return on.with_fixed({n: float(fitted.x[off.index(n)]) for n in names})",
        "return on",
    ),
    PlantedError(
        "errors where -2 ln L rises by 1/2",
        "analysis/fits/minimum.py",
        "minuit.errordef = 1.0",
        "minuit.errordef = 0.5",
    ),
    PlantedError(
        "two-sided quantile for the one-sided",
        "analysis/limits/constructions/qtilde.py",
        "ndtri(cl) ** 2",
        "ndtri((1 + cl) / 2) ** 2",
    ),
    PlantedError(
        "rise as the quantile, not its square",
        "analysis/limits/constructions/delta_chi2.py",
        "ndtri((1 + cl) / 2) ** 2",
        "ndtri((1 + cl) / 2)",
    ),
    PlantedError(
        "CLs+b for CLs",
        "analysis/limits/constructions/cls.py",
        "found.signal(x) / found.background(x) - target",
        "found.signal(x) - target",
    ),
    PlantedError(
        "tail of q~ beyond its knee",
        "analysis/statistics/tails.py",
        "ndtr(-q) if q <= a else ndtr(-(q * q + a * a) / (2 * a))",
        "ndtr(-q)",
    ),
    PlantedError(
        "CLs+b with the wrong tail",
        "analysis/limits/constructions/clsb.py",
        "upper = x + float(ndtri(cl))",
        "upper = x - float(ndtri(cl))",
    ),
    PlantedError(
        "coverage near the bound as far from it",
        "analysis/statistics/asymptotics.py",
        "ndtr(z if m >= z else (m * m + rise) / (2 * m))",
        "ndtr(z)",
    ),
    PlantedError(
        "no bound at mu^2 = 0",
        "analysis/fits/minimum.py",
        "        if not below:\n",
        "        if True:\n",
    ),
    PlantedError(
        "one of two minima",
        "analysis/fits/intervals.py",
        "accepted = [minimum for minimum in minima if minimum.value <= level]",
        "accepted = [best]",
    ),
    PlantedError(
        "mu^2 reported as mu",
        "sim/cross_sections/interactions/electromagnetic.py",
        "MU_SCALE,\n                power=0.5,",
        "MU_SCALE,\n                power=1.0,",
    ),
    PlantedError(
        "deviation reported as the total charge radius",
        "sim/cross_sections/signal.py",
        "self.scale * x**self.power + self.origin",
        "self.scale * x**self.power",
    ),
    PlantedError(
        "auxiliary measurements do not fluctuate",
        "analysis/fits/toy_preparation.py",
        "centers[:, own] += shifts[:, j] / joint.inverse_sigmas[place]",
        "centers[:, own] += 0.0",
    ),
    PlantedError(
        "auxiliary measurements from the numbers of the counts",
        "sim/pseudo.py",
        "_COUNTS, _NORMALS = 0, 1",
        "_COUNTS, _NORMALS = 0, 0",
    ),
    PlantedError(
        "every point with the same toys",
        "sim/pseudo.py",
        "np.random.SeedSequence(seed, spawn_key=(point,))",
        "np.random.SeedSequence(seed)",
    ),
)
