// Expectation: sums of terms, weight * product of parameters * shape.

// The spectra of one threshold, with exposure and rates of backgrounds as chosen.
// factorOf gives for a norm of a background what its rate is multiplied by.
function spectraOf(content, shapes, threshold, exposure, factorOf) {
  return content.thresholds[threshold].spectra.map((spectrum) => ({
    name: spectrum.name,
    isOn: spectrum.is_on,
    kgDays: spectrum.kg_days * exposure,
    edges: spectrum.edges_kev,
    observed: spectrum.observed,
    errors: spectrum.errors,
    terms: spectrum.terms.map(([shape, weight, ...factors]) => ({
      shape: shapes[shape],
      weight: factors.reduce((product, name) => product * (factorOf.get(name) ?? 1), weight * exposure),
      factors,
    })),
  }));
}

// Vectors of bins for each product of factors, terms with the same ones added up.  A factor with a
// place is free, those in held are multiplied in later (polynomialAt), all others have values.
function partsOf(spectrum, places, held, values, wanted = () => true) {
  const nBins = spectrum.edges.length - 1;
  const found = new Map();
  for (const term of spectrum.terms) {
    let weight = term.weight;
    const product = [], later = [];
    for (const name of term.factors) {
      if (places.has(name)) product.push(places.get(name));
      else if (held.has(name)) later.push(name);
      else weight *= values.get(name) ?? 0;
    }
    if (weight === 0 || !wanted(term)) continue;
    const key = `${product.sort((a, b) => a - b)}|${later.sort()}`;
    if (!found.has(key)) found.set(key, { product, held: later, vector: new Float64Array(nBins) });
    const vector = found.get(key).vector;
    for (let i = 0; i < nBins; i++) vector[i] += weight * term.shape[i];
  }
  const parts = [...found.values()];
  const products = [...new Set(parts.map((part) => part.product.join()))];
  parts.forEach((part) => { part.row = products.indexOf(part.product.join()); });
  return parts;
}

// The polynomial in what is free, at values of what is held: a vector of bins for each product.
function polynomialAt(parts, values, nBins) {
  const rows = [];
  for (const { product, held, vector, row } of parts) {
    let factor = 1;
    for (const name of held) factor *= values.get(name) ?? 0;
    if (factor === 0) continue;
    if (!rows[row]) rows[row] = { product, vector: new Float64Array(nBins) };
    const sum = rows[row].vector;
    for (let i = 0; i < nBins; i++) sum[i] += factor * vector[i];
  }
  return rows.filter(Boolean);
}

// Expected counts where every parameter has a value.
function expectedCounts(spectrum, values, wanted) {
  const parts = partsOf(spectrum, new Map(), new Set(), values, wanted);
  return parts.length ? parts[0].vector : new Float64Array(spectrum.edges.length - 1);
}
