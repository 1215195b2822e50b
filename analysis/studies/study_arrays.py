"""What the arrays of shards and merged studies say of themselves: units, a name, a default plot."""

from __future__ import annotations

from collections.abc import Mapping

import h5py
import numpy as np

from analysis.limits.question import signal_of
from analysis.studies.plans.coverage_plan import CoveragePlan
from analysis.studies.plans.plan import Plan
from analysis.studies.plans.scan_plan import ScanPlan
from analysis.studies.plans.toy_plan import ToyPlan
from sim.syntax.units import unit_of

_TOYS = {
    "best_fit": "best fit, of a charge radius from the Standard Model",
    "error": "standard error of the best fit",
    "best_value": "-2 ln L at the best fit above the saturated model",
    "statistic": "-2 ln L of the truth above the best fit",
    "level": "confidence level at which the interval ends at the truth",
    "converged": "1: the fit converged",
    "counts": "counts of ON and OFF",
}
_SCAN = {
    "status": "0 ok, 1 invalid, 2 no-sensitivity, 3 empty, 4 fit-failed, 5 unidentifiable",
    "lower": "lower end of the expected interval",
    "upper": "upper end of the expected interval",
    "band": "upper limit of data that fluctuate by -2 to 2 sigma",
    "reason": "why there is no limit",
    "intervals": "all expected intervals, NaN beyond the last",
}


def describe_arrays(file: h5py.File, plan: Plan) -> None:
    """Give the arrays of a study in a file their units and names, and the file a default plot.

    The root is then an ``NXdata`` group of NeXus, whose signal is the best fit of toys, or the
    upper limit of a scan.
    """
    names = _SCAN if isinstance(plan, ScanPlan) else _TOYS
    units = _units(plan)
    for name, long_name in names.items():
        if name in file:
            file[name].attrs["long_name"] = long_name
            if name in units:
                file[name].attrs["units"] = units[name]
    file.attrs["NX_class"] = "NXdata"
    file.attrs["signal"] = "upper" if isinstance(plan, ScanPlan) else "best_fit"


def write_scanned_values(file: h5py.File, plan: ScanPlan, items: np.ndarray) -> None:
    """For each key of a scan its value at every point of the file, with its unit."""
    places = np.array([plan.place(int(item)) for item in items]).reshape(len(items), -1)
    for axis, along in zip(plan.axes, places.T, strict=True):
        values = (
            np.array(axis.values) if axis.numeric else np.array(list(map(str, axis.values)), "S")
        )
        unit = unit_of(axis.key)
        file[axis.key] = values[along]
        file[axis.key].attrs["units"] = "1" if unit is None else unit.symbol


def _units(plan: Plan) -> Mapping[str, str]:
    assert isinstance(plan, ScanPlan | ToyPlan | CoveragePlan)
    parameter = signal_of(plan.experiment).parameter(plan.parameter)
    if isinstance(plan, ScanPlan):
        return dict.fromkeys(("lower", "upper", "band", "intervals"), parameter.unit)
    fitted = parameter.fitted_unit
    pure = dict.fromkeys(("best_value", "statistic", "level", "converged"), "1")
    return {**pure, "best_fit": fitted, "error": fitted, "counts": "counts"}
