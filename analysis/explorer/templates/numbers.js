// Numbers: quantiles of distributions, and how numbers are written.

// Quantile of the standard normal distribution: Wichura's algorithm AS 241 (PPND16),
// Appl. Statist. 37, 477 (1988), to one part in 1e16.
function normalQuantile(p) {
  const ratio = (x, top, bottom) => {
    const value = (c) => c.reduceRight((sum, one) => sum * x + one, 0);
    return value(top) / value(bottom);
  };
  const q = p - 0.5;
  if (Math.abs(q) <= 0.425) {
    return q * ratio(0.180625 - q * q,
      [3.387132872796366608, 133.14166789178437745, 1971.5909503065514427, 13731.693765509461125,
       45921.953931549871457, 67265.770927008700853, 33430.575583588128105, 2509.0809287301226727],
      [1, 42.313330701600911252, 687.1870074920579083, 5394.1960214247511077,
       21213.794301586595867, 39307.89580009271061, 28729.085735721942674, 5226.495278852854561]);
  }
  const r = Math.sqrt(-Math.log(q < 0 ? p : 1 - p));
  const tail = r <= 5
    ? ratio(r - 1.6,
      [1.42343711074968357734, 4.6303378461565452959, 5.7694972214606914055, 3.64784832476320460504,
       1.27045825245236838258, 0.24178072517745061177, 0.0227238449892691845833,
       7.7454501427834140764e-4],
      [1, 2.05319162663775882187, 1.6763848301838038494, 0.68976733498510000455,
       0.14810397642748007459, 0.0151986665636164571966, 5.475938084995344946e-4,
       1.05075007164441684324e-9])
    : ratio(r - 5,
      [6.6579046435011037772, 5.4637849111641143699, 1.7848265399172913358, 0.29656057182850489123,
       0.026532189526576123093, 0.0012426609473880784386, 2.71155556874348757815e-5,
       2.01033439929228813265e-7],
      [1, 0.59983220655588793769, 0.13692988092273580531, 0.0148753612908506148525,
       7.868691311456132591e-4, 1.8463183175100546818e-5, 1.4215117583164458887e-7,
       2.04426310338993978564e-15]);
  return q < 0 ? -tail : tail;
}

// Rise of -2 ln L at the end of an interval; qtilde is one-sided, delta-chi2 two-sided.
function likelihoodRise(method, cl) {
  return normalQuantile(method === "qtilde" ? cl : (1 + cl) / 2) ** 2;
}

// Rise of -2 ln L at the edge of a region of two parameters.
function regionRise(cl) {
  return -2 * Math.log1p(-cl);
}

// A value to so many significant digits, as a number.
function rounded(value, digits) {
  return Number(value.toPrecision(digits));
}

// A number for people: 3.94 × 10⁻¹¹, or 0.0123.
function written(value, digits = 3) {
  if (value === null || !Number.isFinite(value)) return "–";
  if (value === 0) return "0";
  const size = Math.abs(value);
  if (size >= 1e-3 && size < 1e5) return Number(value.toPrecision(digits)).toString().replace("-", "−");
  const [mantissa, exponent] = value.toExponential(digits - 1).split("e");
  return `${mantissa.replace("-", "−")} × 10${raised(Number(exponent))}`;
}

// Both ends of an interval, with one power of ten.
function writtenInterval(low, high, digits = 3) {
  const size = Math.max(Math.abs(low), Math.abs(high));
  if (size === 0 || (size >= 1e-3 && size < 1e5)) {
    return `[${written(low, digits)}, ${written(high, digits)}]`;
  }
  const exponent = Math.floor(Math.log10(size));
  const ends = [low, high].map((end) => (end / 10 ** exponent).toFixed(digits - 1).replace("-", "−"));
  return `[${ends.join(", ")}] × 10${raised(exponent)}`;
}

function raised(exponent) {
  return String(exponent).replace(/[-0-9]/g, (c) => "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"["-0123456789".indexOf(c)]);
}
