// Whether to believe it: what was found out about the similarities, the data, the run.

import { ask, replaced } from "./ask.js";
import { facts, make, number, saved, table } from "./make.js";

const words = (name) => name.replaceAll("_", " ");

function cell(value) {
  if (value === null || value === undefined) return "–";
  return typeof value === "number" && !Number.isInteger(value) ? number(value, 3) : String(value);
}

function columns(rows) {
  return Object.keys(rows[0] ?? {}).map((name) => ({
    head: words(name), number: typeof rows[0][name] === "number", cell: (row) => cell(row[name]),
  }));
}

function counted(quality) {
  const plain = Object.entries(quality).filter(([, value]) => typeof value !== "object" || value === null);
  return facts(plain.map(([name, value]) => [words(name), cell(value)]));
}

export async function show(state, shown) {
  const lacking = (error) => {
    if (replaced(error)) throw error;
    return { sentences: [error.message], figures: [] };
  };
  const [answer, data, runs] = await Promise.all([ask("validation").catch(lacking), ask("quality"), ask("runs")]);
  const sentences = (answer.sentences ?? []).map((sentence) => make("li", {}, sentence));
  shown(
    make("h2", {}, "Whether to believe it"), make("ul", { class: "told" }, sentences),
    make("h3", {}, "Every figure, beside the classical measures and the controls"),
    answer.figures.length ? table("Figures of all measures", columns(answer.figures), answer.figures) : make("p", {}, "There are none."),
    saved(answer.figures, "validation"),
    answer.differences?.length ? table("Learned less others, with 95 % intervals", columns(answer.differences), answer.differences) : "",
    make("h3", {}, "The prices"), counted(data.quality),
    make("h3", {}, "The run"), facts(Object.entries(runs.answering).map(([name, value]) => [words(name), cell(value)])),
    table("Runs that can be asked (firmament serve --run)", columns(runs.runs), runs.runs));
}
