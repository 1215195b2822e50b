// Limits: upper limits of bounded parameters, intervals of others with both minima.

// Root of a function between two ends of different sign: Brent, Algorithms for Minimization
// Without Derivatives (1973), Ch. 4.
function rootBetween(f, a, b, tolerance, fa = f(a), fb = f(b)) {
  if (fa === 0) return a;
  if (fb === 0) return b;
  let c = a, fc = fa, d = b - a, e = d;
  for (let i = 0; i < 200; i++) {
    if (fb > 0 === fc > 0) [c, fc, d, e] = [a, fa, b - a, b - a];
    if (Math.abs(fc) < Math.abs(fb)) [a, b, c, fa, fb, fc] = [b, c, b, fb, fc, fb];
    const close = 2 * Number.EPSILON * Math.abs(b) + tolerance / 2, m = (c - b) / 2;
    if (Math.abs(m) <= close || fb === 0) return b;
    if (Math.abs(e) < close || Math.abs(fa) <= Math.abs(fb)) d = e = m;
    else {
      let p, q;
      const s = fb / fa;
      if (a === c) [p, q] = [2 * m * s, 1 - s];
      else {
        const r = fb / fc, t = fa / fc;
        p = s * (2 * m * t * (t - r) - (b - a) * (r - 1));
        q = (t - 1) * (r - 1) * (s - 1);
      }
      if (p > 0) q = -q;
      p = Math.abs(p);
      if (2 * p < Math.min(3 * m * q - Math.abs(close * q), Math.abs(e * q))) [e, d] = [d, p / q];
      else d = e = m;
    }
    [a, fa] = [b, fb];
    b += Math.abs(d) > close ? d : m > 0 ? close : -close;
    fb = f(b);
  }
  throw new FitProblem("no root was found");
}

// -2 ln L over the nuisances, at values of one parameter; starts where it last was.
function profileOf(problem, name, start) {
  return (value) => {
    const found = problem.profiled(new Map([[name, value]]), start);
    if (!found.converged) throw new FitProblem("the fit did not converge");
    start = found.x;
    return found.value;
  };
}

// Half the reach of the likelihood along one parameter, by its linear and its quadratic term.
function stepOf(problem, name, at, rest) {
  let information = 0, square = 0;
  for (const bin of problem.effects(name, at, rest)) {
    information += bin.slope ** 2 / bin.expected;
    square += bin.square ** 2 / bin.expected;
  }
  const steps = [];
  if (information > 0) steps.push(0.5 / Math.sqrt(information));
  if (square > 0) steps.push(0.5 * square ** -0.25);
  if (!steps.length) throw new FitProblem("nothing depends on it");
  return Math.min(...steps);
}

// Where the profile first reaches a level from a start on, in the direction of a step.
function crossingOf(profile, start, step, level) {
  let inside = start, below = null;
  for (let i = 0; i < 200; i++) {
    const outside = inside + step, height = profile(outside) - level;
    if (height > 0) {
      return rootBetween((v) => profile(v) - level, inside, outside,
        1e-10 * Math.abs(outside - start), below ?? profile(inside) - level, height);
    }
    [inside, below, step] = [outside, height, 1.3 * step];
  }
  throw new FitProblem("the likelihood does not rise: no limit exists");
}

// { best, intervals } of a parameter, x of its fit, where -2 ln L rises by no more than rise.
function intervalsOf(problem, parameter, rise) {
  const name = parameter.fitted;
  return parameter.bounded ? boundedInterval(problem, name, rise) : allIntervals(problem, name, rise);
}

// From the best fit that is not negative, one interval that begins at 0.
function boundedInterval(problem, name, rise) {
  const best = boundedBest(problem, name);
  const step = stepOf(problem, name, best.at, best.rest);
  const profile = profileOf(problem, name, best.rest);
  const upper = crossingOf(profile, best.at, step, best.value + rise);
  return { best: best.at, intervals: [[0, upper]] };
}

function boundedBest(problem, name) {
  const best = problem.fitted(name, 0);
  const error = 2 * stepOf(problem, name, 0, null);
  if (best.converged && best.at >= 1e-4 * error) return best;
  const found = problem.profiled(new Map([[name, 0]]));
  if (!found.converged) throw new FitProblem("the fit did not converge");
  return { at: 0, value: found.value, rest: found.x };
}

function allIntervals(problem, name, rise) {
  const minima = minimaOf(problem, name);
  const best = minima.reduce((a, b) => (b.value < a.value ? b : a));
  const level = best.value + rise;
  const accepted = minima.filter((minimum) => minimum.value <= level);
  const ends = [accepted[0], accepted.at(-1)].map((minimum, i) => {
    const step = stepOf(problem, name, minimum.at, minimum.rest);
    const profile = profileOf(problem, name, minimum.rest);
    return crossingOf(profile, minimum.at, i ? step : -step, level);
  });
  const bounds = [ends[0]];
  for (let i = 1; i < accepted.length; i++) {
    bounds.push(...gapOf(problem, name, accepted[i - 1], accepted[i], level));
  }
  bounds.push(ends[1]);
  const intervals = [];
  for (let i = 0; i < bounds.length; i += 2) intervals.push([bounds[i], bounds[i + 1]]);
  return { best: best.at, intervals };
}

// Local minima in increasing order: from 0, from where linear and quadratic effect cancel in some
// bin, and from where the quadratic one alone is felt.
function minimaOf(problem, name) {
  const bins = problem.effects(name, 0, null);
  const weights = bins.map((bin) => bin.square ** 2 / bin.expected);
  const most = Math.max(...weights);
  const starts = [0];
  if (most > 0) {
    const felt = bins.filter((_, i) => weights[i] > 1e-4 * most);
    const mirrors = felt.map((bin) => -bin.linear / bin.square).sort((a, b) => a - b);
    const reach = weights.filter((w) => w > 1e-4 * most).reduce((a, b) => a + b, 0) ** -0.25;
    starts.push(-2 * reach, -reach, reach, 2 * reach);
    for (const q of [0, 0.1, 0.25, 0.5, 0.75, 0.9, 1]) {
      starts.push(mirrors[Math.round(q * (mirrors.length - 1))]);
    }
  }
  const found = starts.map((start) => problem.fitted(name, start)).filter((fit) => fit.converged);
  if (!found.length) throw new FitProblem("the fit did not converge");
  const kept = [];
  for (const fit of found.sort((a, b) => a.at - b.at)) {
    const last = kept.at(-1);
    const near = last && fit.at - last.at < 0.02 * stepOf(problem, name, fit.at, fit.rest);
    if (!near) kept.push(fit);
    else if (fit.value < last.value) kept[kept.length - 1] = fit;
  }
  return kept;
}

// The two edges of the excluded gap between two accepted minima, or nothing if there is none.
function gapOf(problem, name, left, right, level) {
  const n = 65;
  const at = (i) => left.at + ((right.at - left.at) * i) / n;
  const profile = profileOf(problem, name, left.rest);
  const above = [];
  for (let i = 1; i < n; i++) if (profile(at(i)) > level) above.push(i);
  if (!above.length) return [];
  const excess = (v) => profile(v) - level;
  const close = 1e-10 * (right.at - left.at);
  const first = above[0], last = above.at(-1);
  return [
    first > 1 ? rootBetween(excess, at(first - 1), at(first), close) : left.at,
    last < n - 1 ? rootBetween(excess, at(last), at(last + 1), close) : right.at,
  ];
}

// Limits x that estimates of a bounded parameter -2 to 2 standard errors from 0 lead to, from the
// Asimov data of the Standard Model: Cowan et al., Eur. Phys. J. C 71, 1554 (2011), Eqs. (88), (89).
function bandOf(problem, parameter, rise) {
  const name = parameter.fitted;
  const start = problem.profiled(new Map());
  const profile = profileOf(problem, name, start.x);
  const step = stepOf(problem, name, 0, null);
  return [-2, -1, 0, 1, 2].map((n) => {
    const height = n + Math.sqrt(rise + Math.min(n, 0) ** 2);
    return crossingOf(profile, 0, step, start.value + height * height);
  });
}
