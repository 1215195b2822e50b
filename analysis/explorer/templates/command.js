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

// { limit, contour }: lines of words, or null with the reason in problem where there are none.
function commandsOf(content, state, map) {
  const sets = overridesOf(content, state);
  const moved = content.parameters.filter((p) => (state.truth.get(p.name) ?? p.origin) !== p.origin);
  const unknown = moved.filter((p) => !p.option).map((p) => p.name);
  if (unknown.length) {
    return { problem: `the command has no option that makes ${unknown.join(", ")} true` };
  }
  const hasObserved = content.thresholds[0].spectra.some((s) => s.observed);
  const made = state.data === "expected" && (moved.length > 0 || hasObserved);
  const truth = moved.flatMap((p) => [p.option, String(state.truth.get(p.name))]);
  const first = made ? [["nuem", "spectrum", content.source, ...sets, ...truth, "-o", "sliders.h5"]] : [];
  const source = made ? ["sliders.h5"] : [content.source, ...sets];
  const line = (words) => words.map(quoted).join(" ");
  const limit = ["nuem", "limit", ...source, "--parameter", state.parameter, "--cl", String(state.cl),
    "--method", state.method, "--background", state.treatment];
  const contour = ["nuem", "contour", ...source, "--parameters", map.join(","), "-o", "map.png"];
  return { limit: [...first, limit].map(line).join("\n"), contour: line(contour) };
}
