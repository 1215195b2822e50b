"""A germanium detector in whose window every model of ionization can be folded."""

EXPERIMENT = """
name = "germanium"

[reactor]
thermal_power_gw = 3.0
baseline_m = 14.0

[detector]
material = "Ge"
mass_kg = 1.0
threshold_kev = 0.3
min_ionization_kev = 0.003

[detector.resolution]
noise_fwhm_kev = 0.1

[exposure]
on_days = 100.0
off_days = 50.0

[analysis]
window_kev = [0.3, 4.3]
bin_width_kev = 0.4
channels = ["electron"]
"""
