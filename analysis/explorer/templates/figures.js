// Figures: the spectrum with its residuals, and the map.

const MOST_BINS = 100;

// Expectation of a spectrum at the values of the sliders, by origin, and of the Standard Model.
function originsOf(content, spectrum, truth, nominal) {
  const signal = new Set(content.parameters.map((p) => p.fitted));
  const norms = new Set(content.nuisances.filter((n) => n.kind === "norm").map((n) => n.name));
  const isBackground = (term) => term.factors.some((f) => norms.has(f));
  const isBeyond = (term) => term.factors.some((f) => signal.has(f));
  const values = new Map([...nominal, ...truth]);
  return {
    background: expectedCounts(spectrum, values, isBackground),
    standard: expectedCounts(spectrum, values, (term) => !isBackground(term) && !isBeyond(term)),
    beyond: expectedCounts(spectrum, values, isBeyond),
  };
}

// Draws one spectrum and what is left between its data and the sliders; says it in words.
function drawSpectrum(holders, spectrum, origins, data, logarithmic) {
  const merged = mergedBins(spectrum.edges, MOST_BINS);
  const widths = merged.edges.slice(1).map((e, i) => (e - merged.edges[i]) * spectrum.kgDays);
  const rate = (counts) => merged.add(counts).map((c, i) => c / widths[i]);
  const total = origins.background.map((b, i) => b + origins.standard[i] + origins.beyond[i]);
  const plain = origins.background.map((b, i) => b + origins.standard[i]);
  const counts = data.counts ?? plain;
  const spread = data.variances ?? (data.counts ? total : plain);
  const errors = merged.add(spread).map((v, i) => Math.sqrt(Math.max(v, 0)) / widths[i]);
  const values = rate(counts), expected = rate(total);
  const seen = [values, expected, rate(origins.background), rate(origins.standard)];
  const most = Math.max(...values.map((v, i) => v + errors[i]), ...expected);
  const positive = seen.flat().filter((v) => v > 0);
  const least = Math.max(Math.min(...positive), most * 1e-5);
  const low = merged.edges[0], high = merged.edges.at(-1);
  const x = Object.assign([low, high], { logarithmic: low > 0 && high / low >= 30 });
  const y = Object.assign(logarithmic ? [least / 1.5, most * 1.6] : [0, most * 1.08], { logarithmic });
  const xs = merged.edges.slice(1).map((e, i) => (x.logarithmic ? Math.sqrt(e * merged.edges[i]) : (e + merged.edges[i]) / 2));
  const frame = new Frame(holders.spectrum, {
    height: 330, x, y, bottom: false, yTitle: "counts / (keV kg day)",
    label: `Spectrum ${spectrum.name}: data, expectation at the sliders, Standard Model and background.`,
  });
  frame.steps(merged.edges, rate(origins.background), "background");
  frame.steps(merged.edges, rate(origins.standard), "standard");
  if (origins.beyond.some((v) => v !== 0)) frame.steps(merged.edges, rate(origins.beyond), "beyond");
  frame.points(xs, values, errors, "data");
  frame.steps(merged.edges, expected, "total");

  const pulls = values.map((v, i) => (errors[i] > 0 ? ((data.counts ? v - expected[i] : expected[i] - v)) / errors[i] : 0));
  const reach = Math.max(1, ...pulls.map((p) => Math.abs(p) * 1.1));
  const residuals = new Frame(holders.residuals, {
    height: 190, x, y: Object.assign([-reach, reach], { logarithmic: false }),
    xTitle: "energy [keV]", yTitle: "residual [σ]",
    label: `Residuals of the spectrum ${spectrum.name}, in standard errors.`,
  });
  residuals.line(0, residuals.py(0), residuals.width, residuals.py(0), "zero");
  residuals.steps(merged.edges, pulls, data.counts ? "pulls" : "total");
  const sum = (array) => array.reduce((a, b) => a + b, 0);
  return {
    counts: sum(total), background: sum(origins.background), standard: sum(origins.standard),
    beyond: sum(origins.beyond), largest: Math.max(...pulls.map(Math.abs)),
  };
}

// Draws the map: regions, the sliders' point, the Standard Model, and the point read out.
function drawMap(holder, view) {
  const { first, second, xs, ys, rows, levels, truth, cursor } = view;
  const title = (p) => `${p.symbol_text}${p.unit_text ? ` [${p.unit_text}]` : ""}`;
  const frame = new Frame(holder, {
    height: Math.min(460, Math.max(holder.clientWidth, 260)),
    x: Object.assign([xs[0], xs.at(-1)], { logarithmic: false }),
    y: Object.assign([ys[0], ys.at(-1)], { logarithmic: false }),
    xTitle: title(first), yTitle: title(second), label: view.label,
  });
  const px = (i) => (i / (xs.length - 1)) * frame.width;
  const py = (j) => frame.height - (j / (ys.length - 1)) * frame.height;
  const path = (points) => points.map(([a, b], k) => `${k ? "L" : "M"}${px(a).toFixed(1)},${py(b).toFixed(1)}`).join("");
  for (const { rise, kind } of levels) {
    const { lines, areas } = regionPaths(rows, rise);
    frame.add("path", { d: areas.map((area) => `${path(area)}Z`).join(""), class: `region ${kind}` });
    frame.add("path", { d: lines.map(path).join(""), class: `contour ${kind}` });
  }
  const mark = (x, y, kind) => {
    const at = [frame.px(x), frame.py(y)];
    if (at[0] < -1 || at[0] > frame.width + 1 || at[1] < -1 || at[1] > frame.height + 1) return;
    if (kind === "cursor") {
      frame.line(at[0], 0, at[0], frame.height, "cursor");
      frame.line(0, at[1], frame.width, at[1], "cursor");
    } else if (kind === "standard") {
      frame.add("path", { d: `M${at[0] - 5},${at[1]}h10M${at[0]},${at[1] - 5}v10`, class: "mark" });
    } else frame.add("circle", { cx: at[0], cy: at[1], r: 5, class: "here" });
  };
  mark(first.origin, second.origin, "standard");
  mark(...truth, "here");
  if (cursor) mark(...cursor, "cursor");
  return frame;
}
