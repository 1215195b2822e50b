"""Cross sections of neutrinos on electrons and nuclei."""
