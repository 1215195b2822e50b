// Likelihood: -2 ln L of binned counts, and its minimum by damped Newton steps.

// Baker-Cousins term of one bin with its first two derivatives, Nucl. Instrum. Meth. 221, 437
// (1984), Eq. (13), going on as a parabola where the expectation is nearly nothing or negative; or
// that of a Gaussian count, where it has a variance.
function binTerm(count, expected, variance, out) {
  if (variance > 0) {
    const residual = expected - count;
    out[0] = (residual * residual) / variance;
    out[1] = (2 * residual) / variance;
    out[2] = 2 / variance;
  } else if (count < 1e-300) {
    const wall = expected < 0 ? 1e6 * expected : 0;
    out[0] = 2 * expected + wall * expected;
    out[1] = 2 + 2 * wall;
    out[2] = expected < 0 ? 2e6 : 0;
  } else {
    const floor = 1e-6 * count;
    const value = Math.max(expected, floor);
    const excess = (value - count) / count;
    out[0] = 2 * count * (excess - Math.log1p(excess));
    out[1] = 2 * (1 - count / value);
    out[2] = (2 * count) / (value * value);
    if (expected < floor) {
      const gap = expected - floor;
      out[0] += out[1] * gap + 0.5 * out[2] * gap * gap;
      out[1] += out[2] * gap;
    }
  }
}

// Product of the parameters at some places, one or two of them left out.
function productOf(x, product, i = -1, j = -1) {
  let value = 1;
  for (let k = 0; k < product.length; k++) if (k !== i && k !== j) value *= x[product[k]];
  return value;
}

class Likelihood {
  // blocks: { polynomial, counts, variances }; centers (P,) and precision (P, P) of the priors.
  constructor(blocks, centers, precision) {
    this.blocks = blocks;
    this.centers = centers;
    this.precision = precision;
  }

  // Expected counts of a block at x.
  expected(block, x) {
    const out = new Float64Array(block.counts.length);
    for (const { product, vector } of block.polynomial) {
      const factor = productOf(x, product);
      for (let i = 0; i < out.length; i++) out[i] += factor * vector[i];
    }
    return out;
  }

  // -2 ln L at x, with the slope and curvature of the term of each bin.
  at(x) {
    const term = [0, 0, 0];
    let value = this.prior(x, null, null);
    const bins = this.blocks.map((block) => {
      const slope = this.expected(block, x), bend = new Float64Array(slope.length);
      const { counts, variances } = block;
      for (let i = 0; i < slope.length; i++) {
        binTerm(counts[i], slope[i], variances ? variances[i] : 0, term);
        value += term[0];
        slope[i] = term[1];
        bend[i] = term[2];
      }
      return { slope, bend };
    });
    return { x, value, bins };
  }

  // Adds the priors' derivatives, where they are asked for, and gives their value.
  prior(x, gradient, hessian) {
    let total = 0;
    for (const [a, b, precision] of this.precision) {
      const pull = x[a] - this.centers[a];
      total += pull * precision * (x[b] - this.centers[b]);
      if (gradient) gradient[a] += 2 * precision * (x[b] - this.centers[b]);
      if (hessian) hessian[a][b] += 2 * precision;
    }
    return total;
  }

  // Gradient (P,) and Hessian (P, P) at a point that ``at`` gave.
  derivatives({ x, bins }) {
    const size = x.length;
    const gradient = new Float64Array(size);
    const hessian = Array.from({ length: size }, () => new Float64Array(size));
    this.blocks.forEach((block, i) => addBlock(block.polynomial, bins[i], x, gradient, hessian));
    this.prior(x, gradient, hessian);
    return { gradient, hessian };
  }

  // { x, value, converged } of the minimum that is reached from a start; it has converged where a
  // whole step would lower -2 ln L by less than close.
  minimum(start, close = 1e-13) {
    let here = this.at(Float64Array.from(start));
    const found = (converged) => ({ x: here.x, value: here.value, converged });
    if (!here.x.length) return found(true);
    let damping = 0;
    for (let round = 0; round < 100; round++) {
      const { gradient, hessian } = this.derivatives(here);
      let next = null;
      for (let attempt = 0; attempt < 40 && !next; attempt++) {
        const step = dampedStep(hessian, gradient, damping);
        if (step) {
          const fall = -step.reduce((sum, s, i) => sum + s * gradient[i], 0);
          if (fall < close && damping < 1e-2) return found(true);
          const tried = this.at(here.x.map((old, i) => old + step[i]));
          if (tried.value <= here.value + 1e-13 * Math.abs(here.value)) next = tried;
          else if (fall < 1e-10) return found(true);
        }
        if (!next) damping = Math.max(10 * damping, 1e-4);
      }
      if (!next) return found(false);
      here = next;
      damping = damping > 1e-3 ? damping / 10 : 0;
    }
    return found(false);
  }
}

// Adds what one block gives to gradient and Hessian: chain rule of the terms of its bins.
function addBlock(polynomial, { slope, bend }, x, gradient, hessian) {
  const n = slope.length;
  const columns = [];
  for (const { product, vector } of polynomial) {
    if (!product.length) continue;
    let along = 0;
    for (let i = 0; i < n; i++) along += vector[i] * slope[i];
    for (let a = 0; a < product.length; a++) {
      const place = product[a], factor = productOf(x, product, a);
      gradient[place] += along * factor;
      const column = (columns[place] ??= new Float64Array(n));
      for (let i = 0; i < n; i++) column[i] += factor * vector[i];
      for (let b = 0; b < product.length; b++) {
        if (b !== a) hessian[place][product[b]] += along * productOf(x, product, a, b);
      }
    }
  }
  for (let a = 0; a < columns.length; a++) {
    if (!columns[a]) continue;
    const left = columns[a].map((v, i) => v * bend[i]);
    for (let b = a; b < columns.length; b++) {
      const right = columns[b];
      if (!right) continue;
      let sum = 0;
      for (let i = 0; i < n; i++) sum += left[i] * right[i];
      hessian[a][b] += sum;
      if (a !== b) hessian[b][a] += sum;
    }
  }
}

// -(H + damping diag H)^-1 g by Cholesky's method, on a unit diagonal; null where that is not
// positive definite.
function dampedStep(hessian, gradient, damping) {
  const n = gradient.length;
  const scale = gradient.map((_, i) => 1 / Math.sqrt(Math.max(Math.abs(hessian[i][i]), 1e-300)));
  const lower = Array.from({ length: n }, () => new Float64Array(n));
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = hessian[i][j] * scale[i] * scale[j] + (i === j ? damping : 0);
      for (let k = 0; k < j; k++) sum -= lower[i][k] * lower[j][k];
      if (i !== j) lower[i][j] = sum / lower[j][j];
      else if (sum > 1e-13) lower[i][i] = Math.sqrt(sum);
      else return null;
    }
  }
  const y = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    let sum = -gradient[i] * scale[i];
    for (let k = 0; k < i; k++) sum -= lower[i][k] * y[k];
    y[i] = sum / lower[i][i];
  }
  for (let i = n - 1; i >= 0; i--) {
    for (let k = i + 1; k < n; k++) y[i] -= lower[k][i] * y[k];
    y[i] /= lower[i][i];
  }
  return y.map((v, i) => v * scale[i]);
}
