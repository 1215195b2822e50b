// Page: what happens when a slider moves.

const content = JSON.parse(document.getElementById("content").textContent);
const shapes = content.shapes.map((shape) => Float64Array.from(shape));
const nominal = new Map(content.nuisances.map((nuisance) => [nuisance.name, nuisance.center]));
const byName = new Map(content.parameters.map((parameter) => [parameter.name, parameter]));
const at = (id) => document.getElementById(id);
const COARSE = 13, FINE = 33;

const own = content.thresholds.findIndex((threshold) => threshold.is_own);
const hasObserved = content.thresholds[own].spectra.some((spectrum) => spectrum.observed);
const initial = () => ({
  truth: new Map(), threshold: own, exposure: 1, backgrounds: content.backgrounds.map(() => 1),
  cl: 0.9, parameter: content.parameters[0].name, method: methodOf(content.parameters[0]),
  treatment: content.treatment, data: hasObserved ? "observed" : "expected",
});
let state = initial();
let view = null;
let turn = 0;

const sliders = [];
function addSlider(place, options, read) {
  const made = slider({ ...options, change: (v) => { options.change(v); refresh(); } });
  at(place).append(made.row);
  sliders.push(() => made.set(read()));
}

// How far the slider of a parameter goes: three times what the experiment tells at 99 % CL.
function sliderReach(parameter) {
  const spectra = spectraOf(content, shapes, own, 1, new Map());
  const data = dataOf(spectra, { data: "expected" }, new Map(), nominal);
  try {
    const problem = new Problem(content, spectra, data, content.treatment);
    const profile = profileOf(problem, parameter.fitted), step = stepOf(problem, parameter.fitted, 0, null);
    const end = crossingOf(profile, 0, step, profile(0) + likelihoodRise("delta-chi2", 0.99));
    return rounded(3 * (physicalOf(parameter, end) - parameter.origin), 2);
  } catch (error) {
    if (!(error instanceof FitProblem)) throw error;
    return physicalOf(parameter, 10) - parameter.origin;
  }
}

function buildControls() {
  content.parameters.forEach((parameter, i) => {
    const { name, label, symbol, unit_text: unit, origin, bounded } = parameter;
    const read = () => state.truth.get(name) ?? origin;
    addSlider(i < 3 ? "parameters" : "further", {
      id: `parameter-${name}`, symbol, label, unit, places: parameterPlaces(parameter, sliderReach(parameter)), value: read(),
      text: (v) => `${label} ${written(v)} ${unit}`,
      check: (v) => (bounded && v < origin ? `at least ${written(origin)} is allowed` : ""),
      change: (v) => state.truth.set(name, v),
    }, read);
  });
  at("further").closest("details").hidden = content.parameters.length <= 3;
  const factor = (v) => (v > 0 && v <= 1e4 ? "" : "more than 0 and at most 10000 is allowed");
  addSlider("experiment", {
    id: "exposure", symbol: "×", label: "exposure", unit: "", places: factorPlaces(), value: 1,
    text: (v) => `exposure times ${v}`, check: factor, change: (v) => { state.exposure = v; },
  }, () => state.exposure);
  content.backgrounds.forEach(({ name, key }, i) => {
    if (key === null) return;
    addSlider("experiment", {
      id: `background-${name}`, symbol: "×", label: `background ${name}`, unit: "", places: factorPlaces(),
      value: 1, text: (v) => `background ${name} times ${v}`, check: factor,
      change: (v) => { state.backgrounds[i] = v; },
    }, () => state.backgrounds[i]);
  });
  if (content.thresholds.length > 1) {
    const values = content.thresholds.map((threshold) => threshold.threshold_kev);
    addSlider("experiment", {
      id: "threshold", symbol: "", label: "threshold", unit: "keV", places: placesOf(values),
      value: values[own], onlyPlaces: true, text: (v) => `threshold ${v} keV`,
      change: (v) => { state.threshold = values.indexOf(v); },
    }, () => values[state.threshold]);
  }
  addSlider("question", {
    id: "cl", symbol: "", label: "confidence level", unit: "", places: levelPlaces(), value: state.cl,
    text: (v) => `${rounded(100 * v, 4)} percent`,
    check: (v) => (v > 0.5 && v < 1 ? "" : "between 0.5 and 1 is allowed"),
    change: (v) => { state.cl = v; },
  }, () => state.cl);
  buildChoices();
}

function buildChoices() {
  const names = content.parameters.map((p) => [p.name, `${p.label}, ${p.symbol_text}`]);
  const choice = (id, entries, chosen, change) => {
    fillChoice(at(id), entries, chosen);
    at(id).closest("div").hidden = entries.length < 2;
    at(id).addEventListener("change", () => { change(at(id).value); refresh(); });
  };
  choice("choice-parameter", names, state.parameter, (v) => {
    state.parameter = v;
    state.method = methodOf(byName.get(v));
    fillMethods();
  });
  choice("choice-method", methods(), state.method, (v) => { state.method = v; });
  choice("choice-treatment", content.treatments.map((t) => [t, t]), state.treatment, (v) => { state.treatment = v; });
  const kinds = [["expected", "expected at the sliders"]];
  if (hasObserved) kinds.unshift(["observed", "observed"]);
  choice("choice-data", kinds, state.data, (v) => { state.data = v; });
  const spectra = content.thresholds[own].spectra.map((s, i) => [String(i), s.name]);
  choice("choice-spectrum", spectra, "0", () => {});
  const [x, y] = [content.parameters[0], content.parameters[1] ?? content.parameters[0]];
  choice("choice-x", names, x.name, () => {});
  choice("choice-y", names, y.name, () => {});
  at("map-part").hidden = content.parameters.length < 2;
  at("logarithmic").addEventListener("change", refresh);
}

function methods() {
  return byName.get(state.parameter).bounded ? [["qtilde", "qtilde"], ["delta-chi2", "delta-chi2"]] : [["delta-chi2", "delta-chi2"]];
}

function fillMethods() {
  fillChoice(at("choice-method"), methods(), state.method);
  at("choice-method").closest("div").hidden = methods().length < 2;
}

let asked = false;
function refresh() {
  turn += 1;
  document.querySelector("main").setAttribute("aria-busy", "true");
  if (asked) return;
  asked = true;
  requestAnimationFrame(() => { asked = false; update(); });
}

// Spectrum, limit and a coarse map at once; the other limits and the fine map as time allows.
function update() {
  const mine = turn;
  const truth = new Map(content.parameters.map((p) => [p.fitted, scaledOf(p, state.truth.get(p.name) ?? p.origin)]));
  const factors = new Map();
  content.backgrounds.forEach(({ norms, grows }, i) => norms.forEach((norm) => {
    factors.set(norm, grows ? state.backgrounds[i] : state.backgrounds[i] / state.exposure);
  }));
  const spectra = spectraOf(content, shapes, state.threshold, state.exposure, factors);
  showSpectrum(spectra, truth);
  let problem = null, reason = "";
  try {
    problem = new Problem(content, spectra, dataOf(spectra, state, truth, nominal), state.treatment);
  } catch (error) {
    if (!(error instanceof FitProblem)) throw error;
    reason = error.message;
  }
  showLimit(problem, reason, truth);
  showCommands();
  const steps = later(problem, reason, truth);
  const next = () => {
    if (mine !== turn) return;
    const until = performance.now() + 30;
    do {
      if (steps.next().done) {
        document.querySelector("main").setAttribute("aria-busy", "false");
        return;
      }
    } while (performance.now() < until);
    setTimeout(next);
  };
  next();
}

function showSpectrum(spectra, truth) {
  const i = Number(at("choice-spectrum").value), spectrum = spectra[i];
  const origins = originsOf(content, spectrum, truth, nominal);
  const variances = spectrum.errors ? spectrum.errors.map((e) => e * e) : null;
  const shown = state.data === "observed" ? { counts: spectrum.observed, variances } : { variances };
  const holders = { spectrum: at("spectrum"), residuals: at("residuals") };
  const totals = drawSpectrum(holders, spectrum, origins, shown, at("logarithmic").checked);
  for (const [key, value] of Object.entries(totals)) {
    const cell = at(`total-${key}`);
    cell.value = value;
    cell.textContent = written(value, key === "largest" ? 2 : 5);
  }
  at("points").textContent = state.data === "observed" ? "data, observed" : "data, as the Standard Model expects them";
  at("residual-words").textContent = state.data === "observed"
    ? "observed less expected at the sliders" : "expected at the sliders less the Standard Model";
  at("kg-days").value = spectrum.kgDays;
  at("kg-days").textContent = written(spectrum.kgDays, 4);
}

function showLimit(problem, reason, truth) {
  const parameter = byName.get(state.parameter);
  const found = problem ? limitOf(problem, parameter, state.method, state.cl) : { problem: reason };
  const standard = [...truth.values()].every((x) => x === 0);
  const kind = state.data === "observed" ? "Limit of the observed data"
    : standard ? "Expected limit" : "Limit, were nature as the sliders are";
  at("headline-kind").textContent = `${kind}, ${rounded(100 * state.cl, 6)} % CL`;
  at("headline-symbol").innerHTML = parameter.symbol;
  at("headline").replaceChildren(limitElement(parameter, found));
  const band = parameter.bounded && standard && state.data === "expected" && !found.problem;
  at("band").replaceChildren();
  if (band) {
    const values = bandOf(problem, parameter, likelihoodRise(state.method, state.cl)).map((x) => physicalOf(parameter, x));
    const made = Object.assign(document.createElement("data"), { value: values.join(" ") });
    made.textContent = `68 % of experiments ${writtenInterval(values[1], values[3])}, 95 % ${writtenInterval(values[0], values[4])}`;
    at("band").append(made);
  }
  at("best").textContent = found.problem || state.data === "expected" ? "" : `best fit ${written(found.best)}`;
  announce(`${kind} on ${parameter.label}: ${limitWords(parameter, found)}`);
}

let announced = null;
function announce(text) {
  clearTimeout(announced);
  announced = setTimeout(() => { at("announced").textContent = text; }, 600);
}

function showCommands() {
  const made = commandsOf(content, state, [at("choice-x").value, at("choice-y").value]);
  at("command").textContent = made.problem ? `# ${made.problem}` : made.lines.join("\n");
}

function* later(problem, reason, truth) {
  yield* showMap(problem, truth, COARSE);
  const rows = [];
  for (const parameter of content.parameters) {
    const method = parameter.name === state.parameter ? state.method : methodOf(parameter);
    const found = problem ? limitOf(problem, parameter, method, state.cl) : { problem: reason };
    const row = document.createElement("tr");
    row.dataset.parameter = parameter.name;
    row.innerHTML = `<th scope="row">${parameter.symbol} <span class="muted"></span></th><td></td><td>${method}</td>`;
    row.querySelector(".muted").textContent = parameter.label;
    row.querySelector("td").append(limitElement(parameter, found));
    rows.push(row);
    yield;
  }
  at("limits").replaceChildren(...rows);
  yield* showMap(problem, truth, FINE);
}

function* showMap(problem, truth, n) {
  const first = byName.get(at("choice-x").value), second = byName.get(at("choice-y").value);
  if (!problem || first === second) {
    at("map").replaceChildren();
    at("map-words").textContent = problem ? "Choose two different parameters." : "";
    return;
  }
  let xs, ys;
  try {
    [xs, ys] = [mapAxis(problem, first, n), mapAxis(problem, second, n)];
  } catch (error) {
    if (!(error instanceof FitProblem)) throw error;
    at("map").replaceChildren();
    at("map-words").textContent = `There is no map: ${error.message}.`;
    return;
  }
  const heights = [];
  for (const row of mapRows(problem, first, second, xs, ys)) {
    heights.push(row);
    yield;
  }
  const least = Math.min(...heights.flatMap((row) => [...row].filter((v) => v === v)));
  const rows = heights.map((row) => row.map((v) => v - least));
  view = { first, second, xs, ys, rows, problem, least, cursor: view?.cursor ?? null, truth: [first, second].map((p) => physicalOf(p, truth.get(p.fitted))) };
  paintMap();
}

function paintMap() {
  const { first, second, xs, ys, rows } = view;
  const levels = [{ rise: regionRise(state.cl), kind: "outer" }];
  if (state.cl > 0.6828) levels.push({ rise: regionRise(0.6827), kind: "inner" });
  const ends = extentOf(rows, levels[0].rise);
  const value = (axis, i) => axis[0] + ((axis.at(-1) - axis[0]) * i) / (axis.length - 1);
  const words = ends
    ? `Region of both at ${rounded(100 * state.cl, 6)} % CL: ${[[first, xs], [second, ys]].map(([p, axis], k) => `${p.label} ${writtenInterval(value(axis, ends[k][0]), value(axis, ends[k][1]))} ${p.unit_text}`).join(", ")}.`
    : "No point of the map lies in the region.";
  at("map-words").textContent = words;
  view.label = words;
  view.frame = drawMap(at("map"), { ...view, levels, label: words });
  readOut();
}

// The rise of -2 ln L at the cursor, computed there.
function readOut() {
  if (!view.cursor) return;
  const [x, y] = view.cursor, { first, second, problem, least } = view;
  const found = problem.profiled(new Map([[first.fitted, scaledOf(first, x)], [second.fitted, scaledOf(second, y)]]));
  const rise = Object.assign(document.createElement("data"), { value: `${x} ${y} ${found.value} ${least}` });
  rise.textContent = `${first.symbol_text} = ${written(x)} ${first.unit_text}, ${second.symbol_text} = ${written(y)} ${second.unit_text}: −2 Δ ln L = ${written(Math.max(found.value - least, 0))}`;
  at("read").replaceChildren(rise);
}

function moveCursor(x, y) {
  const clip = (v, axis) => Math.min(Math.max(v, axis[0]), axis.at(-1));
  view.cursor = [clip(x, view.xs), clip(y, view.ys)];
  paintMap();
}

function listenToMap() {
  at("map").addEventListener("click", (event) => {
    if (!view) return;
    const { frame, xs, ys } = view, box = frame.svg.getBoundingClientRect();
    const zoom = box.width / frame.svg.viewBox.baseVal.width;
    const u = ((event.clientX - box.left) / zoom - frame.margin.left) / frame.width;
    const v = 1 - ((event.clientY - box.top) / zoom - frame.margin.top) / frame.height;
    moveCursor(xs[0] + u * (xs.at(-1) - xs[0]), ys[0] + v * (ys.at(-1) - ys[0]));
  });
  at("map").addEventListener("keydown", (event) => {
    const moves = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowDown: [0, -1], ArrowUp: [0, 1] };
    const move = moves[event.key];
    if (!move || !view) return;
    event.preventDefault();
    const [x, y] = view.cursor ?? view.truth, { xs, ys } = view, n = event.shiftKey ? 10 : 100;
    moveCursor(x + (move[0] * (xs.at(-1) - xs[0])) / n, y + (move[1] * (ys.at(-1) - ys[0])) / n);
  });
}

function listenToButtons() {
  at("sliders").addEventListener("submit", (event) => event.preventDefault());
  at("reset").addEventListener("click", () => {
    state = initial();
    if (view) view.cursor = null;
    at("read").replaceChildren();
    fillChoice(at("choice-parameter"), content.parameters.map((p) => [p.name, `${p.label}, ${p.symbol_text}`]), state.parameter);
    fillMethods();
    at("choice-treatment").value = state.treatment;
    at("choice-data").value = state.data;
    sliders.forEach((set) => set());
    refresh();
  });
  at("copy").addEventListener("click", async () => {
    const text = at("command").textContent;
    try {
      await navigator.clipboard.writeText(text);
      at("copied").textContent = "copied";
    } catch {
      getSelection().selectAllChildren(at("command"));
      at("copied").textContent = "selected: copy it from here";
    }
  });
}

buildControls();
listenToMap();
listenToButtons();
new ResizeObserver(refresh).observe(at("spectrum"));
refresh();
