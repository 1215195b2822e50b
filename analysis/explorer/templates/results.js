// Results: limits at the sliders, as the page shows and reads them out.

// Counts that the likelihood is given: observed ones, or those expected at the sliders' truth.
// Bins of expected data are Gaussian where those of the observed spectra are, as the command has it.
function dataOf(spectra, state, truth, nominal) {
  const values = new Map([...nominal, ...truth]);
  return spectra.map((spectrum) => {
    const variances = spectrum.errors ? Float64Array.from(spectrum.errors, (e) => e * e) : null;
    if (state.data === "observed") return { counts: Float64Array.from(spectrum.observed), variances };
    const counts = expectedCounts(spectrum, values);
    if (!variances && counts.some((c) => c < 0)) {
      throw new FitProblem(`the expectation in ${spectrum.name} is negative here`);
    }
    return { counts, variances };
  });
}

// The limit on a parameter in its unit: { best, intervals }, or { problem }.
function limitOf(problem, parameter, method, cl) {
  try {
    const found = intervalsOf(problem, parameter, likelihoodRise(method, cl));
    return {
      best: physicalOf(parameter, found.best),
      intervals: found.intervals.map((ends) => ends.map((x) => physicalOf(parameter, x))),
    };
  } catch (error) {
    if (!(error instanceof FitProblem)) throw error;
    return { problem: error.message };
  }
}

// What a limit says, as words: "< 3.94 × 10⁻¹¹ µB", "in [a, b] e".
function limitWords(parameter, found) {
  if (found.problem) return `no limit: ${found.problem}`;
  const unit = parameter.unit_text ? ` ${parameter.unit_text}` : "";
  if (parameter.bounded) return `< ${written(found.intervals[0][1])}${unit}`;
  return `in ${found.intervals.map(([a, b]) => writtenInterval(a, b)).join(" or ")}${unit}`;
}

// Elements that hold the same with every digit: <data value="low high ...">.
function limitElement(parameter, found) {
  const made = document.createElement("data");
  made.value = found.problem ? "" : found.intervals.flat().join(" ");
  made.textContent = limitWords(parameter, found);
  return made;
}

function methodOf(parameter) {
  return parameter.bounded ? "qtilde" : "delta-chi2";
}
