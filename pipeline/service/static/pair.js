// Two firms: why they are alike, or are not.

import { ask, days } from "./ask.js";
import { COLOURS, figure } from "./draw.js";
import { chance, facts, make, money, number, share, table } from "./make.js";
import { change } from "./state.js";

const POINTS = 125; // of a line

const PARTS = {
  running_correlation: "their running correlation",
  exposures: "what networks read from their exposures",
  ties: "how each is tied to all others",
  all_pairs: "what is expected of any pair",
};

function sides(answer) {
  const rows = [
    ["name", (firm) => firm.name], ["sector", (firm) => firm.sector], ["industry", (firm) => firm.industry],
    ["size", (firm) => money(firm.market_cap)], ["volatility a year", (firm) => share(firm.volatility)],
    ["beta", (firm) => number(firm.beta)], ["correlation with the market", (firm) => number(firm.market_correlation)],
    ["rank of the other firm", (firm) => `${firm.rank} of ${firm.of}`],
  ];
  return table("The two firms", [
    { head: "", cell: ([name]) => name },
    ...answer.firms.map((firm) => ({ head: firm.symbol, cell: ([, tell]) => tell(firm) ?? "–", wide: true })),
  ], rows);
}

function parts(answer) {
  const names = Object.keys(PARTS);
  const values = names.map((name) => answer.parts[name]);
  return figure("parts", `Of the score ${number(answer.score, 3)}: ${names.map((name) => `${number(answer.parts[name])} is ${PARTS[name]}`).join(", ")}.`,
    [{ type: "bar", orientation: "h", y: names.map((name) => PARTS[name]), x: values, marker: { color: values.map((value) => (value < 0 ? COLOURS[3] : COLOURS[0])) } }],
    { xaxis: { title: { text: "score" } } }).element;
}

function years(answer) {
  const x = answer.years.map((row) => row.year);
  const line = (key, name, at) => ({ x, y: answer.years.map((row) => row[key]), name, type: "scatter", mode: "lines+markers", line: { color: COLOURS[at], dash: ["solid", "dash", "dot"][at] } });
  return figure("years", "Year by year: the score, the correlation of growth, and the same with the market removed.",
    [line("score", "score", 0), line("residual", "market removed", 1), line("pearson", "correlation", 2)], { xaxis: { dtick: 1 } }).element;
}

async function growth(answer, state, slot) {
  const symbols = answer.firms.map((firm) => firm.symbol);
  const told = await Promise.all(symbols.map((symbol) =>
    ask("growth", { symbol, ...days(state), points: POINTS }, `growth-${symbol}`)));
  const lines = told.map(({ dates, growth: [one] }, at) => {
    let sum = 0;
    return { x: dates, y: one.percent.map((value) => { sum += (value ?? 0) / 100; return Math.exp(sum); }), name: one.symbol, type: "scatter", mode: "lines", line: { color: COLOURS[at], dash: at ? "dash" : "solid", width: 1.5 } };
  });
  slot.replaceChildren(make("h3", {}, "Growth of both"),
    figure("growth", `What one unit of ${symbols.join(" and of ")} became, on a logarithmic scale.`, lines, { yaxis: { type: "log" } }).element);
}

export async function show(state, shown) {
  const [one] = state.symbols;
  if (!state.other) {
    shown(make("h2", {}, "Two firms"),
      make("p", {}, `Choose “why” beside a peer of ${one}, or search the other firm and press Ctrl+Enter.`));
    return;
  }
  const answer = await ask("explain", { one, other: state.other, ...days(state) });
  const [first, second] = answer.firms.map((firm) => firm.symbol);
  const day = [
    { head: "date", cell: (row) => row.date.slice(0, 10) },
    { head: "adds", number: true, cell: (row) => number(row.contribution, 4) },
    { head: "market", number: true, cell: (row) => `${number(row.market)} %` },
    { head: first, number: true, cell: (row) => `${number(row[first])} %` },
    { head: second, number: true, cell: (row) => `${number(row[second])} %` },
  ];
  const episode = [
    { head: "from", cell: (row) => row.first.slice(0, 10) }, { head: "to", cell: (row) => row.last.slice(0, 10) },
    { head: "adds", number: true, cell: (row) => number(row.contribution, 4) },
    { head: "market", number: true, cell: (row) => `${number(row.market)} %` },
  ];
  const slot = make("section", {});
  shown(
    make("h2", {}, `${first} and ${second}`),
    make("p", { class: "told" }, answer.sentence), answer.change ? make("p", { class: "told" }, answer.change) : "",
    facts([["score", number(answer.score, 3)], ["percentile", number(answer.percentile, 1)], ["unrelated pairs as near", `${chance(answer.chance)} %`],
      ["correlation", number(answer.pearson)], ["market removed", number(answer.residual)], ["common days", String(answer.common_days)]]),
    make("p", { class: "tools" }, make("button", { type: "button", class: "link", click: () => change({ symbols: [second], other: first }) }, `Ask about ${second} instead`)),
    make("div", { class: "columns" },
      make("section", {}, sides(answer), make("h3", {}, "Where the score comes from"), parts(answer)),
      make("section", {}, make("h3", {}, "Year by year"), years(answer)), slot,
      make("section", {}, make("h3", {}, "Days and episodes that count most"), table("Days", day, answer.days), table("Episodes", episode, answer.episodes))));
  await growth(answer, state, slot);
}
