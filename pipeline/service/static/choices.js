// The days that are compared, and which peers are listed.

import { make } from "./make.js";
import { change, state } from "./state.js";

const { first, last } = document.body.dataset;
const PRESETS = [["all", 0], ["10 years", 10], ["5 years", 5], ["3 years", 3], ["1 year", 1]];
const from = document.getElementById("from");
const to = document.getElementById("to");
const sliders = [document.getElementById("from-slider"), document.getElementById("to-slider")];
const presets = document.getElementById("presets");

const month = (day) => 12 * Number(day.slice(0, 4)) + Number(day.slice(5, 7)) - 1;
const origin = month(first);

function day(number) {
  const year = Math.floor(number / 12);
  return `${year}-${String((number % 12) + 1).padStart(2, "0")}-01`;
}

function since(years) {
  if (!years) return "";
  const begun = new Date(`${last}T00:00:00Z`);
  begun.setUTCFullYear(begun.getUTCFullYear() - years);
  begun.setUTCDate(begun.getUTCDate() + 1);
  return begun.toISOString().slice(0, 10);
}

for (const slider of sliders) {
  slider.min = 0;
  slider.max = month(last) - origin;
}

presets.append(...PRESETS.filter(([, years]) => !years || since(years) > first).map(([name, years]) =>
  make("button", { type: "button", "data-since": since(years), click: () => change({ from: since(years), to: "" }) }, name)));

from.addEventListener("change", () => change({ from: from.value === first ? "" : from.value }));
to.addEventListener("change", () => change({ to: to.value === last ? "" : to.value }));
sliders[0].addEventListener("change", () => change({ from: Number(sliders[0].value) ? day(origin + Number(sliders[0].value)) : "" }));
sliders[1].addEventListener("change", () => {
  const at = Number(sliders[1].value);
  change({ to: at < Number(sliders[1].max) ? day(origin + at) : "" });
});

for (const name of ["measure", "sector", "cap", "top"]) {
  const field = document.getElementById(name);
  field.addEventListener("change", () => change({ [name]: field.value }));
}

/** Show what is asked. */
export function fill(asked) {
  // A year or a month alone, as an address may have it, is shown from its first or to its last day.
  from.value = asked.from ? asked.from + "-01-01".slice(asked.from.length - 4) : first;
  to.value = asked.to ? asked.to + "-12-28".slice(asked.to.length - 4) : last;
  sliders[0].value = month(from.value) - origin;
  sliders[1].value = month(to.value) - origin;
  for (const button of presets.children) {
    button.setAttribute("aria-pressed", String(!state.to && button.dataset.since === state.from));
  }
  document.getElementById("measure").value = asked.measure || "learned";
  document.getElementById("sector").value = asked.sector;
  document.getElementById("cap").value = asked.cap;
  document.getElementById("top").value = asked.top || "10";
  document.getElementById("filters").hidden = (asked.view || "firm") !== "firm";
}
