"""Shards: the toys of one stretch of a study, generated, fitted and stored."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import h5py
import numpy as np

from analysis.batch import BatchStatistics, Toys, batch_minima, batch_statistics
from analysis.likelihood import SIGNAL_PARAMETERS, Likelihood, joint_likelihood
from analysis.minimum import FitError, fixed_by_off, minimise, off_stage, treated_likelihood
from analysis.reduction import BoolArray
from analysis.scales import SCALES
from analysis.study import StudyPlan, shard_path
from sim import hdf5
from sim.files import write_atomically
from sim.hdf5 import StoreError
from sim.model import Model, build_model
from sim.parameters import FloatArray, NeutrinoParameters
from sim.pseudo import toy_data
from sim.store import provenance

FORMAT = "nuem shard"
SCHEMA_VERSION = 1
REFIT_EVERY = 1000
"""Every this many toys one is fitted again with iminuit."""

RESULTS = ("best_fit", "error", "best_value", "statistic", "converged")
_BATCH = 256


@dataclass(frozen=True, slots=True, eq=False)
class Shard:
    """Fits of consecutive toys, arrays of (n,); see ``BatchStatistics``.

    refit_difference: largest |difference| of -2 ln L between the compiled solver and iminuit in
    the toys fitted by both.
    """

    first_toy: int
    best_fit: FloatArray
    error: FloatArray
    best_value: FloatArray
    statistic: FloatArray
    converged: FloatArray
    n_refitted: int
    refit_difference: float
    counts: FloatArray | None


class ShardRunner:
    """Runs the shards of a plan; the model is folded once."""

    def __init__(self, plan: StudyPlan) -> None:
        self.plan = plan
        self._model = build_model(plan.experiment)
        self._expected = self._model.asimov(plan.truth).counts
        self._fits = ToyFits(self._model, plan.truth, plan.parameter, plan.treatment)
        self._tested = SCALES[plan.parameter].scaled(plan.truth, self._model)

    def run(self, index: int) -> Shard:
        """Toys and fits of one shard."""
        first, end = self.plan.toy_range(index)
        batches, kept, differences = [], [], []
        for start in range(first, end, _BATCH):
            toys = range(start, min(start + _BATCH, end))
            counts, deviations = self._generate(toys)
            likelihood, data = self._fits.prepared(counts, deviations)
            found = batch_statistics(likelihood, data, self._fits.name, self._tested)
            batches.append(found)
            if self.plan.keep_spectra:
                kept.append(counts)
            differences += [
                self._fits.refit_difference(likelihood, data, found, i - start)
                for i in toys
                if i % REFIT_EVERY == 0
            ]
        merged = {name: np.concatenate([getattr(b, name) for b in batches]) for name in RESULTS}
        return Shard(
            first_toy=first,
            **merged,
            n_refitted=len(differences),
            refit_difference=max(differences, default=0.0),
            counts=np.concatenate(kept) if kept else None,
        )

    def _generate(self, toys: range) -> tuple[FloatArray, FloatArray]:
        n_auxiliary = len(self._fits.constrained)
        drawn = [
            toy_data(self._expected, n_auxiliary, self.plan.seed, i, self.plan.point) for i in toys
        ]
        counts, deviations = zip(*drawn, strict=True)
        return np.array(counts), np.array(deviations)


class ToyFits:
    """Prepares toys for their fit: bins, auxiliary measurements, treatment of the background.

    name: the fitted parameter in the likelihood; constrained: the parameters with a Gaussian
    constraint, whose measured centres fluctuate from toy to toy.
    """

    def __init__(
        self, model: Model, truth: NeutrinoParameters, parameter: str, treatment: str
    ) -> None:
        asimov = model.asimov(truth)
        self.name = SCALES[parameter].name
        joint = joint_likelihood(model, asimov)
        self.constrained = [n for j, n in enumerate(joint.names) if joint.inverse_sigmas[j] > 0]
        self._fitted = treated_likelihood(model, asimov, treatment)
        self._off = off_stage(model, asimov) if treatment == "off-fixed" else None
        self._used = model_bins(model)

    def prepared(self, counts: FloatArray, deviations: FloatArray) -> tuple[Likelihood, Toys]:
        """Likelihood and data for counts (m, 2, n_bins) and standard deviations (m, n)."""
        likelihood = self._fitted
        centers = self._centers(likelihood, deviations)
        if self._off is None:
            return likelihood, Toys(counts.reshape(len(counts), -1)[:, self._used.ravel()], centers)
        off = Toys(counts[:, 1][:, self._used[1]], self._centers(self._off, deviations))
        fitted = batch_minima(self._off, off, off.centers, {})
        for name in fixed_by_off(likelihood):
            centers[:, likelihood.index(name)] = fitted.points[:, self._off.index(name)]
        return likelihood, Toys(counts[:, 0][:, self._used[0]], centers)

    def refit_difference(
        self, likelihood: Likelihood, toys: Toys, found: BatchStatistics, row: int
    ) -> float:
        """|-2 ln L of the solver - that of iminuit| at the best fit of one toy."""
        own = replace(likelihood, counts=toys.counts[row], centers=toys.centers[row])
        held = {name: 0.0 for name in SIGNAL_PARAMETERS if name != self.name}
        if self.name == "mu2" and found.best_fit[row] == 0.0:
            held["mu2"] = 0.0
        start = own.centers.copy()
        start[own.index(self.name)] = found.best_fit[row]
        try:
            value = minimise(own, held, start, newton_start=False).value
        except FitError:
            return float("inf")
        return abs(value - float(found.best_value[row]))

    def _centers(self, likelihood: Likelihood, deviations: FloatArray) -> FloatArray:
        centers = np.tile(likelihood.centers, (len(deviations), 1))
        for j, name in enumerate(self.constrained):
            place = likelihood.index(name)
            if not likelihood.fixed[place]:
                centers[:, place] += deviations[:, j] / likelihood.inverse_sigmas[place]
        return centers


def model_bins(model: Model) -> BoolArray:
    """Bins (2, n_bins) in which anything is expected: those that a likelihood keeps."""
    return np.asarray(np.any(model.samples != 0, axis=0))


def shard_image(plan: StudyPlan, index: int, shard: Shard) -> bytes:
    """The bytes of a shard's file; the same for the same plan, index and versions."""

    def fill(file: h5py.File) -> None:
        for name in RESULTS:
            hdf5.write_array(file, name, getattr(shard, name), "scaled")
        if shard.counts is not None:
            hdf5.write_array(file, "counts", shard.counts.astype(np.int64), "counts")

    header: dict[str, object] = {
        "format": FORMAT,
        "schema_version": SCHEMA_VERSION,
        "study_sha256": plan.sha256(),
        "shard": index,
        "first_toy": shard.first_toy,
        "n_refitted": shard.n_refitted,
        "refit_difference": shard.refit_difference,
        "versions": provenance()["versions"],
    }
    return hdf5.image(header, fill)


def write_shard(folder: Path, plan: StudyPlan, index: int, shard: Shard) -> None:
    """Store a shard; the file is whole or not there."""
    write_atomically(shard_path(folder, index), shard_image(plan, index, shard))


def read_shard(folder: Path, plan: StudyPlan, index: int) -> Shard:
    """Read and verify a shard.

    Raises
    ------
    StoreError
        if it is missing, damaged, of another study, or not of the toys it should hold.
    """
    path = shard_path(folder, index)
    with hdf5.verified(path, FORMAT, SCHEMA_VERSION) as file:
        first, end = plan.toy_range(index)
        if file.attrs["study_sha256"] != plan.sha256() or int(file.attrs["shard"]) != index:
            raise StoreError(f"{path}: the shard belongs to another study")
        arrays = {name: file[name][()] for name in RESULTS}
        if any(values.shape != (end - first,) for values in arrays.values()):
            raise StoreError(f"{path}: the shard does not hold toys {first} to {end - 1}")
        return Shard(
            first_toy=first,
            **arrays,
            n_refitted=int(file.attrs["n_refitted"]),
            refit_difference=float(file.attrs["refit_difference"]),
            counts=file["counts"][()].astype(np.float64) if "counts" in file else None,
        )
