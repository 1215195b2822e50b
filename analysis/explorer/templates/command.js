// Command: the lines that give the same numbers on a command line.

function quoted(word) {
  return /^[A-Za-z0-9_./:=,+@%-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

// A value in TOML: a number, or a table of numbers by name.
function tomlValue(value) {
  if (typeof value === "number") return String(value);
  return `{ ${Object.entries(value).map(([key, one]) => `${key} = ${one}`).join(", ")} }`;
}

function multiplied(value, factor) {
  if (typeof value === "number") return value * factor;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, one * factor]));
}

// --set words of the experiment at the sliders.
function overridesOf(content, state) {
  const sets = [...content.overrides];
  const threshold = content.thresholds[state.threshold];
  if (!threshold.is_own) sets.push(`${content.threshold_key}=${threshold.threshold_kev}`);
  if (state.exposure !== 1) {
    for (const [key, value] of Object.entries(content.exposure)) {
      sets.push(`${key}=${tomlValue(multiplied(value, state.exposure))}`);
    }
  }
  content.backgrounds.forEach(({ key, rate }, i) => {
    const factor = state.backgrounds[i];
    if (factor !== 1) sets.push(`${key}=${tomlValue(multiplied(rate, factor))}`);
  });
  return sets.flatMap((set) => ["--set", set]);
}

// { lines } of the command that give the limit and the map, or the { problem } why there are none.
function commandsOf(content, state, map) {
  const parameter = (name) => content.parameters.find((p) => p.name === name);
  const moved = content.parameters.filter((p) => (state.truth.get(p.name) ?? p.origin) !== p.origin);
  const unknown = moved.filter((p) => !p.option).map((p) => p.name);
  if (unknown.length && state.data === "expected") {
    return { problem: `the command has no option that makes ${unknown.join(", ")} true` };
  }
  const sets = overridesOf(content, state);
  const hasObserved = content.thresholds[0].spectra.some((s) => s.observed);
  const made = state.data === "expected" && (moved.length > 0 || hasObserved);
  const truth = moved.flatMap((p) => [p.option, String(state.truth.get(p.name))]);
  const source = made ? ["sliders.h5"] : [content.source, ...sets];
  const lines = made ? [["nuem", "spectrum", content.source, ...sets, ...truth, "-o", "sliders.h5"]] : [];
  if (parameter(state.parameter).has_limit) {
    lines.push(["nuem", "limit", ...source, "--parameter", state.parameter, "--cl", String(state.cl),
      "--method", state.method, "--background", state.treatment]);
  }
  if (map[0] !== map[1] && map.every((name) => parameter(name).has_limit && parameter(name).option)) {
    lines.push(["nuem", "contour", ...source, "--parameters", map.join(","), "-o", "map.png"]);
  }
  if (!lines.length) return { problem: `the command has no limit on ${state.parameter}` };
  return { lines: lines.map((words) => words.map(quoted).join(" ")) };
}
