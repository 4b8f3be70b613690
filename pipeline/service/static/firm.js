// One firm, or a basket: its peers, since when, and what is forecast.

import { ask, days, filters, replaced } from "./ask.js";
import { banded, COLOURS, figure } from "./draw.js";
import { chance, facts, known, make, money, number, ranks, saved, share, table } from "./make.js";
import { change } from "./state.js";

const LINES = 3; // beside each other in one figure
const LISTED = 5; // of a year

const ask_about = (symbol) => () => change({ symbols: [symbol] });

function link(text, click, label) {
  return make("button", { type: "button", class: "link", click, "aria-label": label }, text);
}

function peers_table(answer) {
  const beside = Object.keys(answer.peers[0] ?? {})
    .filter((name) => name.endsWith("_rank")).map((name) => name.slice(0, -5));
  const one = answer.firms[0];
  const columns = [
    { head: "rank", number: true, cell: (row) => String(row.rank) },
    { head: "symbol", cell: (row) => link(row.symbol, ask_about(row.symbol), `Ask about ${row.symbol}`) },
    { head: "score", number: true, cell: (row) => number(row.score, 3), title: "correlation to expect beside all others" },
    { head: "name", cell: (row) => row.name, wide: true },
    { head: "sector", cell: (row) => row.sector },
    { head: "why", cell: (row) => link("why", () => change({ view: "pair", symbols: [one], other: row.symbol }), `Why ${one} and ${row.symbol}`) },
    { head: "percentile", number: true, cell: (row) => number(row.percentile, 1), title: "pairs of firms with a lower score, in percent" },
    { head: "chance", number: true, cell: (row) => chance(row.chance), title: "unrelated pairs that come as near, in percent" },
    { head: "networks", number: true, cell: (row) => ranks(row.network_rank_low, row.network_rank_high), title: "ranks by single networks" },
    { head: "years", number: true, cell: (row) => (known(row.year_rank_median) ? `${number(row.year_rank_median, 0)} (${ranks(row.year_rank_low, row.year_rank_high)})` : "–"), title: "median of the ranks in single years, and their range" },
    ...beside.map((name) => ({ head: name.replaceAll("_", " "), number: true, cell: (row) => (known(row[`${name}_rank`]) ? String(row[`${name}_rank`]) : "–"), title: "rank by another measure" })),
  ];
  const whom = answer.firms.join(", ");
  const caption = `Firms that move most like ${whom}, ${answer.from} to ${answer.to}`;
  const lucky = answer.peers.filter((row) => row.beyond_chance === false).map((row) => row.symbol);
  return [
    table(caption, columns, answer.peers),
    lucky.length ? make("p", { class: "note" }, `No better than chance among so many firms: ${lucky.join(", ")}.`) : null,
    answer.days < 250 ? make("p", { class: "note" }, `Only ${answer.days} days could be compared: such peers are less sure.`) : null,
    saved(answer.peers, `peers-${answer.firms.join("-")}`),
  ];
}

function about(answer) {
  return [
    make("h2", {}, answer.name && answer.name !== answer.symbol ? `${answer.symbol}: ${answer.name}` : answer.symbol),
    facts([
      ["sector", answer.sector ?? "–"], ["industry", answer.industry ?? "–"],
      ["size", money(answer.market_cap)], ["volatility a year", share(answer.volatility)],
      ["beta", number(answer.beta)], ["correlation with the market", number(answer.market_correlation)],
      ["days compared", String(answer.days)],
    ]),
  ];
}

/** Rolling likeness with the peers of today. */
async function course(firm, peers, state, slot) {
  const others = peers.slice(0, LINES).map((row) => row.symbol);
  if (!others.length) return;
  const answer = await ask("course", { symbol: firm, other: others, ...days(state) });
  const groups = Map.groupBy(answer.windows, (row) => row.symbol);
  slot.replaceChildren(make("h3", {}, "How likeness went"),
    figure(`course-${firm}`, `Score of ${firm} with its nearest ${others.length} over the year before each day; bands span single networks.`,
      banded(groups), { yaxis: { title: { text: "score" } } }).element);
}

async function years(firm, state, slot) {
  const answer = await ask("history", { symbol: firm, top: LISTED, ...days(state) });
  const found = [...Map.groupBy(answer.years, (row) => row.year)].reverse();
  const columns = [
    { head: "year", cell: ([year]) => String(year) },
    { head: "kept", number: true, cell: ([, rows]) => share(rows[0].kept) },
    { head: "nearest; + is new, ~ not expected to stay, ? no better than chance", wide: true,
      cell: ([, rows]) => make("span", {}, rows.flatMap((row, at) => {
        const marks = `${row.new ? "+" : ""}${row.expected_rank > 2 * rows.length ? "~" : ""}`;
        const lucky = row.beyond_chance === false ? "?" : "";
        return [at ? ", " : "", marks, link(row.symbol, ask_about(row.symbol), `Ask about ${row.symbol}`), ` ${number(row.score)}${lucky}`];
      })) },
  ];
  slot.replaceChildren(make("h3", {}, "Who came and went"), table(`The nearest ${LISTED} of ${firm}, year by year`, columns, found),
    saved(answer.years, `history-${firm}`));
}

const level = (name) => Number(name.slice(1));

/** The next sessions as a fan beside the last that there were. */
async function forecast(firm, slot) {
  const answer = await ask("forecasts", { symbol: firm, unit: "percent" });
  const growth = await ask("growth", { symbol: firm, last: 60 }, "growth-forecast");
  const ahead = answer.forecasts;
  if (!ahead.length) return;
  const before = growth.growth[0];
  const dates = ahead.map((row) => row.date);
  const band = (low, high, name, opacity) => ({
    x: [...dates, ...dates.toReversed()], y: [...ahead.map((row) => row[high]), ...ahead.map((row) => row[low]).toReversed()],
    fill: "toself", fillcolor: `rgba(213,94,0,${opacity})`, line: { color: "#D55E00", width: ahead.length > 1 ? 0 : 8 * opacity }, name, type: "scatter", mode: "lines",
  });
  const next = ahead[0];
  const levels = Object.keys(next).filter((name) => /^q[\d.]+$/.test(name)).sort((one, other) => level(one) - level(other));
  const pairs = levels.slice(0, Math.floor(levels.length / 2)).map((low, at) => [low, levels[levels.length - 1 - at]]);
  const told = pairs.map(([low, high]) => `${level(high) - level(low)} % of what is to be expected lies between ${number(next[low])} % and ${number(next[high])} %`);
  slot.replaceChildren(make("h3", {}, "What is forecast"), make("p", {}, `${next.date}: ${told.reverse().join(", ")}.`),
    figure(`forecast-${firm}`, `Daily log return of ${firm} in percent: the last 60 sessions, and the forecast.`, [
      { x: growth.dates, y: before.percent, type: "bar", name: "was", marker: { color: COLOURS[0] } },
      ...pairs.map(([low, high], at) => band(low, high, `${level(high) - level(low)} %`, 0.3 * (at + 1))),
      { x: dates, y: ahead.map((row) => row.location), type: "scatter", mode: "markers", name: "middle", marker: { color: "#D55E00", symbol: "diamond", size: 9 } },
    ], { yaxis: { title: { text: "%" } }, xaxis: { type: "date" } }).element,
    saved(ahead, `forecast-${firm}`));
}

/** The peers with their ranks by other measures, which take longer. */
async function beside(state, slot) {
  const measures = [...document.getElementById("measure").options].map((option) => option.value);
  const others = measures.filter((name) => name !== (state.measure || "learned"));
  const given = { symbol: state.symbols, ...days(state), ...filters(state), beside: others };
  const answer = await ask("similar", given, "beside");
  slot.replaceChildren(...peers_table(answer).filter(Boolean));
}

/** Show a firm or a basket; what takes longer follows what is asked first. */
export async function show(state, shown) {
  const [firm] = state.symbols;
  const single = state.symbols.length === 1;
  const [answer, told] = await Promise.all([
    ask("similar", { symbol: state.symbols, ...days(state), ...filters(state) }),
    single ? ask(`firms/${firm}`, days(state), "facts") : null,
  ]);
  const peers = make("section", { id: "peers" }, ...peers_table(answer).filter(Boolean));
  const slots = ["course", "years", "forecast"].map((name) => make("section", { id: name }));
  shown(...(told ? about(told) : [make("h2", {}, `The basket of ${answer.firms.join(", ")}`)]),
    peers, make("div", { class: "columns" }, slots));
  const work = [[() => beside(state, peers), null]];
  if (single) {
    work.push([() => course(firm, answer.peers, state, slots[0]), slots[0]],
      [() => years(firm, state, slots[1]), slots[1]], [() => forecast(firm, slots[2]), slots[2]]);
  }
  await Promise.all(work.map(async ([follow, slot]) => {
    try {
      await follow();
    } catch (error) {
      if (slot && !replaced(error)) slot.replaceChildren(make("p", { class: "note" }, error.message));
    }
  }));
}
