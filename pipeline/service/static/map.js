// All firms: on a plane by likeness, as a spanning tree, and as a heat map by cluster.

import { ask, days } from "./ask.js";
import { COLOURS, figure, SHAPES } from "./draw.js";
import { make, number, table } from "./make.js";
import { change } from "./state.js";

const MOST = 1000;

const groups = (firms, by) => [...Map.groupBy(firms, (firm) => firm[by] ?? "unknown")]
  .sort(([one], [other]) => String(one).localeCompare(String(other), "en", { numeric: true }));

function links(pairs, places, x, y, opacity) {
  const line = { x: [], y: [], type: "scatter", mode: "lines", hoverinfo: "skip", showlegend: false, line: { color: `rgba(128,140,150,${opacity})`, width: 1 } };
  for (const pair of pairs) {
    const [one, other] = [places.get(pair.one), places.get(pair.other)];
    line.x.push(one[x], other[x], null);
    line.y.push(one[y], other[y], null);
  }
  return line;
}

function points(firms, by, x, y, asked) {
  return groups(firms, by).map(([name, rows], at) => ({
    x: rows.map((firm) => firm[x]), y: rows.map((firm) => firm[y]), customdata: rows.map((firm) => firm.symbol),
    text: rows.map((firm) => `${firm.symbol}<br>${firm.name ?? ""}<br>${firm.sector ?? ""}`),
    hoverinfo: "text", type: "scatter", mode: "markers", name: by === "cluster" ? `cluster ${name}` : String(name),
    marker: { color: COLOURS[at % COLOURS.length], symbol: SHAPES[Math.floor(at / COLOURS.length + at) % SHAPES.length],
      size: rows.map((firm) => (asked.includes(firm.symbol) ? 15 : 8)), line: { width: rows.map((firm) => (asked.includes(firm.symbol) ? 2 : 0.5)), color: "#555" } },
  }));
}

const bare = { xaxis: { visible: false }, yaxis: { visible: false }, dragmode: "lasso" };

/** Clicks ask about a firm; a lasso lists those within. */
async function alive(drawn, list, firms) {
  await drawn.drawn;
  drawn.place.on("plotly_click", (event) => {
    const symbol = event.points[0]?.customdata;
    if (symbol) change({ view: "firm", symbols: [symbol] });
  });
  drawn.place.on("plotly_selected", (event) => {
    const chosen = new Set((event?.points ?? []).map((point) => point.customdata));
    const rows = firms.filter((firm) => chosen.has(firm.symbol));
    list.replaceChildren(rows.length ? listed(rows, `${rows.length} firms within the lasso`) : "");
  });
}

function listed(rows, caption) {
  return table(caption, [
    { head: "symbol", cell: (row) => make("button", { type: "button", class: "link", click: () => change({ view: "firm", symbols: [row.symbol] }) }, row.symbol) },
    { head: "name", cell: (row) => row.name, wide: true }, { head: "sector", cell: (row) => row.sector },
    { head: "cluster", number: true, cell: (row) => String(row.cluster) },
  ], rows);
}

function tree(answer, firms, state) {
  const places = new Map(firms.map((firm) => [firm.symbol, firm]));
  const sure = (row) => row.share ?? 1;
  const steps = [[0, 0.5, 0.2], [0.5, 0.8, 0.5], [0.8, 1.01, 1]];
  const lines = steps.map(([low, high, opacity]) => links(answer.tree.filter((row) => sure(row) >= low && sure(row) < high), places, "tree_x", "tree_y", opacity));
  const steady = answer.tree.filter((row) => sure(row) >= 0.8).length;
  const told = answer.draws
    ? `The minimum spanning tree. ${steady} of its ${answer.tree.length} edges are in four fifths of ${answer.draws} trees of days drawn anew; the others are faded.`
    : "The minimum spanning tree; how sure its edges are is being found out.";
  return figure("tree", told, [...lines, ...points(firms, state.colour || "sector", "tree_x", "tree_y", state.symbols)], bare, true);
}

async function heat(state, slot) {
  const answer = await ask("matrix", days(state));
  const limit = 0.6;
  slot.replaceChildren(figure("heat", "Scores of all pairs, firms in the order of their clusters.", [{
    type: "heatmap", z: answer.scores.map((row) => row.map((value) => value / 100)), x: answer.symbols, y: answer.symbols, zmin: -limit, zmax: limit,
    colorscale: [[0, "#B2500A"], [0.5, "#F7F7F7"], [1, "#0B5394"]], hovertemplate: "%{y}, %{x}: %{z}<extra></extra>",
  }], { xaxis: { visible: false }, yaxis: { visible: false, autorange: "reversed" } }, true).element);
}

export async function show(state, shown) {
  const answer = await ask("map", { ...days(state), draws: 0 });
  const { firms } = answer;
  const places = new Map(firms.map((firm) => [firm.symbol, firm]));
  const by = state.colour || "sector";
  const list = make("section", { "aria-live": "polite" });
  const grown = make("section", {});
  const heated = make("section", {});
  const drawn = figure("map", `${firms.length} firms, near each other where they move alike (the plane keeps ${number(100 * answer.keeps, 0)} % of their nearest ten); lines join each with its three truly nearest. Click a firm to ask about it, or draw a line around some.`,
    [links(answer.links, places, "x", "y", 0.35), ...points(firms, by, "x", "y", state.symbols)], bare, true);
  const colour = make("select", { id: "colour", change: (event) => change({ colour: event.target.value }) },
    ["sector", "cluster"].map((name) => make("option", { value: name, selected: name === by ? "" : null }, name)));
  shown(make("h2", {}, "All firms"), make("p", {}, make("label", { for: "colour" }, "coloured by "), colour),
    drawn.element, list, grown,
    firms.length <= MOST ? make("p", {}, make("button", { type: "button", click: () => heat(state, heated) }, "Show all pairs as a heat map")) : "",
    heated, make("details", {}, make("summary", {}, "All firms as a table"), listed(firms, `${firms.length} firms`)));
  alive(drawn, list, firms);
  const first = tree(answer, firms, state);
  grown.replaceChildren(make("h3", {}, "The skeleton of the market"), first.element);
  const again = await ask("map", days(state));
  const second = tree(again, firms, state);
  grown.replaceChildren(make("h3", {}, "The skeleton of the market"), second.element);
  alive(second, list, firms);
}
