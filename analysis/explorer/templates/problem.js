// Problem: data, and the likelihood of them in a treatment of the background.

class FitProblem extends Error {}

class Problem {
  // data: { counts, variances } for each spectrum.
  constructor(content, spectra, data, treatment) {
    this.nuisances = content.nuisances;
    this.correlations = content.correlations;
    this.signal = content.parameters.map((parameter) => parameter.fitted);
    this.spectra = spectra;
    this.data = data;
    this.used = spectra.map((_, i) => i);
    this.held = new Map(this.nuisances.map((nuisance) => [nuisance.name, nuisance.center]));
    this.fixed = new Set(this.nuisances.filter((n) => n.sigma === 0).map((n) => n.name));
    this.layouts = new Map();
    if (treatment === "off-fixed") this.holdBackground();
  }

  // Norms and shapes of backgrounds fitted to OFF at the Standard Model, and held there for ON.
  holdBackground() {
    const ofBackground = (n) => n.kind === "norm" || n.kind === "shape";
    this.used = this.used.filter((i) => !this.spectra[i].isOn);
    const others = this.nuisances.filter((n) => !ofBackground(n)).map((n) => n.name);
    const fixed = this.fixed;
    this.fixed = new Set([...fixed, ...others]);
    const { likelihood, free } = this.likelihood(new Map(), []);
    const found = likelihood.minimum(likelihood.centers);
    if (!found.converged) throw new FitProblem("the fit of the OFF spectrum did not converge");
    free.forEach((name, i) => this.held.set(name, found.x[i]));
    this.fixed = new Set([...fixed, ...this.nuisances.filter(ofBackground).map((n) => n.name)]);
    this.used = this.spectra.map((_, i) => i).filter((i) => this.spectra[i].isOn);
    this.layouts.clear();
  }

  // Nuisances that are free in the spectra used.
  freeNuisances() {
    const touched = new Set();
    for (const i of this.used) {
      for (const { factors, weight } of this.spectra[i].terms) {
        if (weight !== 0) factors.forEach((name) => touched.add(name));
      }
    }
    return this.nuisances.filter((n) => touched.has(n.name) && !this.fixed.has(n.name));
  }

  // Terms of the spectra used, added up where they have the same factors, for some free signal
  // parameters: what is free, its places and priors, and for each spectrum the parts.
  layout(freeSignal) {
    const own = this.freeNuisances();
    const free = [...freeSignal, ...own.map((n) => n.name)];
    const places = new Map(free.map((name, i) => [name, i]));
    const held = new Set(this.signal.filter((name) => !places.has(name)));
    return {
      free,
      centers: [...freeSignal.map(() => 0), ...own.map((n) => n.center)],
      precision: this.precision(own, places),
      parts: this.used.map((i) => partsOf(this.spectra[i], places, held, this.held)),
    };
  }

  // The likelihood with signal parameters held at values (others at the Standard Model), some of
  // them free; and the names of what is free, signal parameters first.
  likelihood(values, freeSignal) {
    const key = freeSignal.join();
    if (!this.layouts.has(key)) this.layouts.set(key, this.layout(freeSignal));
    const { free, centers, precision, parts } = this.layouts.get(key);
    const start = Float64Array.from(centers);
    freeSignal.forEach((name, i) => { start[i] = values.get(name) ?? 0; });
    const blocks = this.used.map((i, k) => ({
      polynomial: polynomialAt(parts[k], values, this.spectra[i].edges.length - 1),
      ...this.data[i],
    }));
    return { likelihood: new Likelihood(blocks, start, precision), free };
  }

  precision(own, places) {
    const entries = [];
    const joined = new Set();
    for (const { names, precision } of this.correlations) {
      if (!names.every((name) => places.has(name))) continue;
      names.forEach((a, i) => {
        joined.add(a);
        names.forEach((b, k) => entries.push([places.get(a), places.get(b), precision[i][k]]));
      });
    }
    for (const { name, sigma } of own) {
      if (sigma !== null && !joined.has(name)) {
        entries.push([places.get(name), places.get(name), 1 / (sigma * sigma)]);
      }
    }
    return entries;
  }

  // Minimum of -2 ln L over the nuisances with signal parameters held; starts at a former one.
  profiled(values, start, close) {
    const { likelihood } = this.likelihood(values, []);
    let found = likelihood.minimum(start ?? likelihood.centers, close);
    if (!found.converged && start) found = likelihood.minimum(likelihood.centers, close);
    return found;
  }

  // Minimum over a signal parameter, from a value of it, and the nuisances; error is from the
  // curvature along the parameter.
  fitted(name, value) {
    const { likelihood } = this.likelihood(new Map([[name, value]]), [name]);
    const found = likelihood.minimum(likelihood.centers);
    return { ...found, at: found.x[0], rest: found.x.slice(1) };
  }

  // Linear and quadratic effect of a parameter on each bin, and the expectation, at some nuisances.
  effects(name, at, rest) {
    const values = new Map([...this.held, ...this.signal.map((n) => [n, 0])]);
    if (rest) this.freeNuisances().forEach((n, i) => values.set(n.name, rest[i]));
    const bins = [];
    for (const i of this.used) {
      const n = this.spectra[i].edges.length - 1;
      const zero = new Float64Array(n);
      const parts = [zero, zero, zero];
      for (const { product, vector } of partsOf(this.spectra[i], new Map([[name, 0]]), new Set(), values)) {
        parts[product.length] = vector;
      }
      const [constant, linear, square] = parts;
      for (let k = 0; k < n; k++) {
        bins.push({
          expected: Math.max(constant[k] + at * (linear[k] + at * square[k]), 1e-12),
          linear: linear[k],
          square: square[k],
          slope: linear[k] + 2 * at * square[k],
        });
      }
    }
    return bins;
  }
}
