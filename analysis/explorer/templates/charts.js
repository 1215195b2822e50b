// Charts: drawings (SVG) of spectra, residuals and the map, in the colours of the page.

const SVG = "http://www.w3.org/2000/svg";

function element(name, attributes = {}, text = "") {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.textContent = text;
  return made;
}

// An axis from low to high on so many pixels, and its ticks, so far apart at the least.
function axisOf(low, high, pixels, logarithmic, apart) {
  const f = logarithmic ? Math.log10 : (v) => v;
  const [a, b] = [f(low), f(high)];
  return { low, high, logarithmic, at: (v) => ((f(v) - a) / (b - a)) * pixels, ticks: ticksOf(low, high, logarithmic, pixels, apart) };
}

function ticksOf(low, high, logarithmic, pixels, apart) {
  const within = (v) => v >= low - 1e-9 * Math.abs(high - low) && v <= high + 1e-9 * Math.abs(high - low);
  if (logarithmic) {
    const decades = Math.log10(high / low);
    const steps = decades < 1.7 ? [1, 2, 3, 5, 7] : decades < 3.5 && pixels > 200 ? [1, 2, 5] : [1];
    const every = Math.max(1, Math.ceil((decades * 26) / pixels));
    const ticks = [];
    for (let n = Math.floor(Math.log10(low)); n <= Math.log10(high); n++) {
      if (n % every === 0) steps.forEach((step) => ticks.push(step * 10 ** n));
    }
    return ticks.filter((v) => v >= low * (1 - 1e-9) && v <= high * (1 + 1e-9));
  }
  const rough = (high - low) / Math.max(3, Math.min(8, pixels / apart));
  const unit = 10 ** Math.floor(Math.log10(rough));
  const step = unit * [1, 2, 5, 10].find((s) => s * unit >= rough);
  const ticks = [];
  for (let n = Math.ceil(low / step - 1e-9); n * step <= high + 1e-9 * step; n++) {
    ticks.push(Number((n * step).toPrecision(12)));
  }
  return ticks.filter(within);
}

// Labels of ticks with their common power of ten taken out: [labels, "× 10⁻¹²" or ""].
function tickLabels(axis) {
  const most = Math.max(...axis.ticks.map(Math.abs));
  if (axis.logarithmic) {
    const plain = axis.ticks.every((v) => v >= 1e-3 && v < 1e4);
    return [axis.ticks.map((v) => (plain ? String(Number(v.toPrecision(3))) : logLabel(v))), ""];
  }
  const exponent = most > 0 && (most < 1e-2 || most >= 1e4) ? Math.floor(Math.log10(most) + 1e-9) : 0;
  const labels = axis.ticks.map((v) => String(Number((v / 10 ** exponent).toPrecision(6))).replace("-", "−"));
  return [labels, exponent ? `× 10${raised(exponent)}` : ""];
}

function logLabel(value) {
  const exponent = Math.floor(Math.log10(value) + 1e-9);
  const mantissa = Math.round(value / 10 ** exponent);
  return `${mantissa === 1 ? "" : `${mantissa}·`}10${raised(exponent)}`;
}

// A frame with axes in a figure; draws into frame.inside, in pixels from its lower left corner.
class Frame {
  constructor(holder, { height, x, y, xTitle, yTitle, label, bottom = true }) {
    const width = Math.max(holder.clientWidth, 260);
    const margin = { left: 62, right: 14, top: 10, bottom: bottom ? 46 : 8 };
    this.width = width - margin.left - margin.right;
    this.height = height - margin.top - margin.bottom;
    this.margin = margin;
    this.x = axisOf(...x, this.width, x.logarithmic, 65);
    this.y = axisOf(...y, this.height, y.logarithmic, 35);
    this.svg = element("svg", { viewBox: `0 0 ${width} ${height}`, width, height, role: "img", "aria-label": label });
    this.inside = element("g", { transform: `translate(${margin.left},${margin.top})` });
    this.svg.append(this.inside);
    const [xLabels, xPower] = tickLabels(this.x), [yLabels, yPower] = tickLabels(this.y);
    this.x.ticks.forEach((v, i) => {
      this.line(this.px(v), 0, this.px(v), this.height, "grid");
      if (bottom) this.text(this.px(v), this.height + 17, xLabels[i], "tick middle");
    });
    this.y.ticks.forEach((v, i) => {
      this.line(0, this.py(v), this.width, this.py(v), "grid");
      this.text(-7, this.py(v) + 4, yLabels[i], "tick end");
    });
    this.line(0, this.height, this.width, this.height, "axis");
    this.line(0, 0, 0, this.height, "axis");
    if (bottom) this.text(this.width / 2, this.height + 38, [xTitle, xPower].filter(Boolean).join("  "), "title middle");
    const turned = this.text(0, 0, [yTitle, yPower].filter(Boolean).join("  "), "title middle");
    turned.setAttribute("transform", `translate(-46,${this.height / 2}) rotate(-90)`);
    holder.replaceChildren(this.svg);
  }

  px(v) { return this.x.at(v); }

  py(v) { return this.height - this.y.at(v); }

  add(name, attributes, text) {
    const made = element(name, attributes, text);
    this.inside.append(made);
    return made;
  }

  line(x1, y1, x2, y2, kind) { return this.add("line", { x1, y1, x2, y2, class: kind }); }

  text(x, y, text, kind) { return this.add("text", { x, y, class: kind }, text); }

  // Outline of a histogram; where it lies below the axis it runs along its lower end.
  steps(edges, heights, kind) {
    const floor = this.y.low;
    const level = (h) => this.py(Math.min(Math.max(h, floor), this.y.high)).toFixed(2);
    let d = "";
    heights.forEach((h, i) => {
      d += `${i ? "L" : "M"}${this.px(edges[i]).toFixed(2)},${level(h)}L${this.px(edges[i + 1]).toFixed(2)},${level(h)}`;
    });
    return this.add("path", { d, class: `curve ${kind}` });
  }

  // Points with errors.
  points(xs, values, errors, kind) {
    const inside = (v) => v >= this.y.low && v <= this.y.high;
    const clip = (v) => this.py(Math.min(Math.max(v, this.y.low), this.y.high));
    xs.forEach((x, i) => {
      const [low, high] = [values[i] - errors[i], values[i] + errors[i]];
      if (high < this.y.low || low > this.y.high) return;
      this.line(this.px(x), clip(low), this.px(x), clip(high), `bar ${kind}`);
      if (inside(values[i])) this.add("circle", { cx: this.px(x), cy: this.py(values[i]), r: 2.1, class: `dot ${kind}` });
    });
  }
}

// Neighbouring bins added up, to at most so many: { edges, add } with add for counts.
function mergedBins(edges, most) {
  const n = edges.length - 1, each = Math.ceil(n / most);
  const starts = Array.from({ length: Math.ceil(n / each) }, (_, i) => i * each);
  return {
    edges: [...starts.map((i) => edges[i]), edges[n]],
    add: (counts) => starts.map((start) => {
      let sum = 0;
      for (let i = start; i < Math.min(start + each, n); i++) sum += counts[i];
      return sum;
    }),
  };
}
