# `make` lists what can be done here. Every target sets itself up first.

VENV        ?= .venv
PYTHON      ?=
CONSTRAINTS ?= constraints.txt
EXTRAS      ?= plots,dev,hs3
PYTHONS     ?= python3.12 python3.13
WORKERS     ?= 2
NOTEBOOKS   ?= cache
export VENV PYTHON CONSTRAINTS EXTRAS WORKERS
export MPLBACKEND := Agg

BIN    := $(VENV)/bin
READY  := $(VENV)/.nuem-ready
# Compiled kernels are kept apart for each environment: numba stamps neither numpy nor its options.
CACHE  := $(abspath $(VENV))/numba
PYTEST  = $(BIN)/python -m pytest -n $(WORKERS) $(ARGS)

.PHONY: help venv gemma coverage test lint types wheel bench torture fuzz mutants docs notebooks site clean
.PHONY: check-all check-package review check-browser browse check-cluster check-nojit check-bounds check-pythons check-lowest check-newest

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-15s %s\n", $$1, $$2}' Makefile

# An environment without its stamp, moved, or with its interpreter gone is made anew.
TRUSTED := $(shell test -x $(BIN)/python && test "$$(cat $(READY) 2>/dev/null)" = "$$(pwd -P)" && echo yes)
ifneq ($(TRUSTED),yes)
.PHONY: $(READY)
endif
$(READY): pyproject.toml $(CONSTRAINTS) .ci/bootstrap
	@sh .ci/bootstrap

venv: $(READY) ## make the virtual environment (.venv)

gemma: $(READY) ## limits of a GEMMA-like exposure beside the published one
	@echo "nuem: reproducing GEMMA 2012: limits, spectra (HDF5) and a figure go to results/gemma-2012"
	$(BIN)/nuem reproduce gemma-2012 -o results/gemma-2012 --force

COVERAGE = $(BIN)/nuem coverage docs/studies/$$name.toml --seed 1 --workers $(WORKERS)
FAST     = qtilde,delta-chi2,cls,clsb,bayes-flat

coverage: $(READY) ## coverage of every construction and five parameters, two experiments (an hour of one core)
	@set -e; for name in background-dominated few-counts; do \
	    $(COVERAGE) -n 10000 --methods $(FAST) -o results/coverage/$$name; \
	    $(COVERAGE) -n 4000 --methods feldman-cousins,bayes-marginal -o results/coverage/$$name-slow; \
	    $(COVERAGE) -n 250 --methods qtilde,delta-chi2,bayes-flat --intervals -o results/coverage/$$name-intervals; \
	    for parameter in q_nu r2_nu sin2_theta_w cevns; do \
	        $(COVERAGE) -n 1000 --parameter $$parameter -o results/coverage/$$name-$$parameter; done; done

test: $(READY) ## run the tests (ARGS="-k name" for some of them)
	NUMBA_CACHE_DIR="$(CACHE)" $(PYTEST)

lint: $(READY) ## style
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(READY) ## mypy, strict
	$(BIN)/mypy

wheel: $(READY) ## build the source distribution, and the wheel from it, into dist/
	rm -rf build dist *.egg-info
	$(BIN)/python -m build --quiet --no-isolation

bench: $(READY) ## measure the speed beside the peers; writes docs/performance.md (ARGS="toys fold")
	NUMBA_CACHE_DIR="$(CACHE)" $(BIN)/python tests/benchmarks/run.py $(ARGS)

torture: $(READY) ## the fault tests in their long form; figures go to docs/reliability.md
	NUEM_TORTURE=write NUMBA_CACHE_DIR="$(CACHE)" $(BIN)/python -m pytest -n 0 tests/faults $(ARGS)

fuzz: $(READY) ## fuzz the readers, a million executions (MILLIONS=1); needs the extra fuzz
	NUMBA_CACHE_DIR="$(CACHE)" $(BIN)/python tests/fuzz/fuzz.py $(MILLIONS)

mutants: $(READY) ## plant errors in the physics and statistics, print the share that the tests catch
	NUMBA_CACHE_DIR="$(CACHE)-mutants" $(BIN)/python tests/mutations/plant.py $(ARGS)

docs: ## the documentation site, into docs/_build/html (NOTEBOOKS=off: not executed)
	@$(MAKE) --no-print-directory site VENV=.venv-docs EXTRAS=docs CONSTRAINTS=constraints-tools.txt

notebooks: ## the same, every notebook executed anew
	rm -rf docs/_build/notebooks
	@$(MAKE) --no-print-directory docs

site: $(READY)
	NUMBA_CACHE_DIR="$(CACHE)" MPLBACKEND= $(BIN)/python -m sphinx -q -E -W --keep-going \
	    -D nb_execution_mode=$(NOTEBOOKS) docs docs/_build/html
	@echo "nuem: open docs/_build/html/index.html"

check-all: lint types test notebooks check-package check-browser check-cluster check-nojit check-bounds check-pythons check-lowest check-newest ## everything, slowly

check-package: wheel ## metadata, contents of the wheel, and the scientific-python review of the repository
	@$(MAKE) --no-print-directory review VENV=.venv-package EXTRAS=package CONSTRAINTS=constraints-tools.txt

review: $(READY)
	$(BIN)/validate-pyproject pyproject.toml
	$(BIN)/twine check --strict dist/*
	$(BIN)/check-wheel-contents dist/*.whl
	$(BIN)/repo-review . --show err

check-browser: ## report and explorer in a real Chromium; screenshots go to .venv-browser/screenshots
	@sh .ci/browser >/dev/null
	@$(MAKE) --no-print-directory browse VENV=.venv-browser EXTRAS=report,browser,dev CONSTRAINTS=constraints-tools.txt

browse: $(READY)
	NUEM_BROWSER="$$(sh .ci/browser)" NUEM_SCREENSHOTS="$(VENV)/screenshots" NUMBA_CACHE_DIR="$(CACHE)" \
	    $(BIN)/python -m pytest -n 0 tests/browser $(ARGS)

# Compiled code is left out where thousands of fits stand on it: the kernels' own tests, and those of the
# floors that hold kernels, run every one of them as plain Python, whose numbers warn where compiled ones
# go to infinity.
NOJIT = tests/fluxes tests/detectors tests/sim tests/analysis/test_*kernels.py \
    tests/analysis/test_likelihood.py tests/analysis/test_minimum.py

check-cluster: $(READY) ## studies on a real SLURM of one node, started here (root; apt-get install slurm-wlm munge)
	NUEM_SLURM=1 NUMBA_CACHE_DIR="$(CACHE)" $(BIN)/python -m pytest -n 0 tests/cluster $(ARGS)

check-nojit: $(READY) ## the tests of all kernels, as plain Python
	NUMBA_DISABLE_JIT=1 $(PYTEST) -W "ignore:overflow encountered in scalar" \
	    -W "ignore:invalid value encountered in scalar" $(NOJIT)

check-bounds: $(READY) ## the tests with every array index checked
	NUMBA_BOUNDSCHECK=1 NUMBA_CACHE_DIR="$(CACHE)-bounds" $(PYTEST)

check-pythons: ## the tests on the other Pythons found (PYTHONS="..."), 3.13 from Debian if need be
	@set -e; for python in $(PYTHONS); do \
	    if version=$$($$python -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null); \
	    then $(MAKE) test PYTHON=$$python VENV=.venv-$$version; \
	    elif [ $$python = python3.13 ] && [ "$$(id -u)" = 0 ] && command -v debootstrap >/dev/null; \
	    then sh .ci/newer-python; \
	    else echo "nuem: $$python not found, skipped"; fi; done

check-lowest: ## the tests with the oldest dependencies allowed (Python 3.11)
	$(MAKE) test PYTHON=python3.11 VENV=.venv-lowest EXTRAS=plots,dev CONSTRAINTS=constraints-lowest.txt

check-newest: ## the tests with the newest dependencies there are
	rm -rf .venv-newest
	$(MAKE) test VENV=.venv-newest CONSTRAINTS=

clean: ## remove what was made, except results/
	rm -rf .venv .venv-* docs/_build build dist *.egg-info .mypy_cache .pytest_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
