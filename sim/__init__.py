"""The pipeline: cross sections, recoil spectra, experiments, expected and simulated counts."""
