"""What an experiment consists of: detectors, periods, and the spectra of both."""
