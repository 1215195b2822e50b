// Controls: sliders with a number beside them, for every value that can be changed.

function physicalOf(parameter, x) {
  return parameter.scale * x ** parameter.power + parameter.origin;
}

function scaledOf(parameter, value) {
  return ((value - parameter.origin) / parameter.scale) ** (1 / parameter.power);
}

// Values of a parameter's slider: as far from the Standard Model's as reach.
function parameterPlaces(parameter, reach) {
  const n = 100;
  const at = (i) => {
    const value = parameter.origin + (reach * i) / n;
    return i === 0 ? parameter.origin : rounded(value, 3);
  };
  return placesOf(Array.from({ length: parameter.bounded ? n + 1 : 2 * n + 1 },
    (_, i) => at(parameter.bounded ? i : i - n)));
}

// Factors from a tenth to ten.
function factorPlaces() {
  return placesOf(Array.from({ length: 81 }, (_, i) => rounded(10 ** ((i - 40) / 40), 3)));
}

function levelPlaces() {
  const tenths = Array.from({ length: 89 }, (_, i) => rounded(0.55 + 0.005 * i, 4));
  return placesOf([...tenths, 0.9927, 0.995, 0.9973, 0.999]);
}

function placesOf(values) {
  const nearest = (v) => values.reduce((best, w, i) => (Math.abs(w - v) < Math.abs(values[best] - v) ? i : best), 0);
  return { values, nearest };
}

// A row of the panel: { row, set } of a slider and, unless only its places are allowed, a number.
// check gives what is wrong with a number, or nothing.
function slider({ id, symbol, label, unit, places, value, onlyPlaces, text, check, change }) {
  const row = document.createElement("div");
  row.className = "control";
  row.innerHTML = `<label for="${id}"><span class="symbol">${symbol}</span> <span class="what"></span></label>`
    + `<span class="entry"></span><input type="range" id="${id}" min="0" step="1">`
    + `<p class="wrong" id="${id}-wrong" role="alert"></p>`;
  row.querySelector(".what").textContent = label;
  const range = row.querySelector("input"), entry = row.querySelector(".entry");
  const wrong = row.querySelector(".wrong");
  range.max = places.values.length - 1;
  let number = null;
  if (onlyPlaces) entry.innerHTML = "<output></output>";
  else {
    number = document.createElement("input");
    Object.assign(number, { type: "text", inputMode: "decimal", id: `${id}-number`, autocomplete: "off" });
    number.setAttribute("aria-label", `${label}, number${unit ? ` in ${unit}` : ""}`);
    number.setAttribute("aria-describedby", `${id}-wrong`);
    entry.append(number);
  }
  if (unit) entry.append(Object.assign(document.createElement("span"), { className: "unit", textContent: unit }));
  const show = (v) => {
    range.value = places.nearest(v);
    range.setAttribute("aria-valuetext", text(v));
    if (number) number.value = String(rounded(v, 4));
    else entry.querySelector("output").textContent = String(v);
    wrong.textContent = "";
    row.classList.remove("refused");
  };
  range.addEventListener("input", () => {
    const v = places.values[range.valueAsNumber];
    show(v);
    change(v);
  });
  number?.addEventListener("change", () => {
    const v = number.value.trim() === "" ? NaN : Number(number.value.replace("−", "-"));
    const problem = Number.isFinite(v) ? check(v) : "a number is expected";
    if (problem) {
      wrong.textContent = problem;
      row.classList.add("refused");
      return;
    }
    show(v);
    change(v);
  });
  show(value);
  return { row, set: show };
}

// Fills a choice with [value, text] pairs.
function fillChoice(select, entries, chosen) {
  select.replaceChildren(...entries.map(([value, text]) => new Option(text, value, false, value === chosen)));
}
