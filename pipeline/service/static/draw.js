// Figures, drawn by plotly, which is loaded when the first is drawn.

import { held, unpacked } from "./held.js";
import { make } from "./make.js";

// Okabe & Ito (2008) and Tol (2021): told apart by colour-blind readers.
export const COLOURS = [
  "#0072B2", "#E69F00", "#009E73", "#D55E00", "#56B4E9", "#CC79A7", "#882255", "#999933",
  "#6659B5", "#44AA99", "#B08D57", "#117733", "#AA4499", "#CC6677", "#A0522D", "#7A8BFF",
];
export const SHAPES = ["circle", "diamond", "square", "triangle-up", "cross", "star", "x", "hexagon"];

let loading;

async function source() {
  if (!held) return "/static/plotly.min.js";
  const script = await (await unpacked("plotly")).blob();
  return URL.createObjectURL(new Blob([script], { type: "text/javascript" }));
}

function plotly() {
  loading ??= source().then((src) => new Promise((resolve, reject) => {
    const script = make("script", { src });
    script.onload = () => resolve(globalThis.Plotly);
    script.onerror = () => reject(new Error("The script that draws figures could not be loaded."));
    document.head.append(script);
  }));
  return loading;
}

const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

function layout(given) {
  const axis = { gridcolor: colour("--grid"), zerolinecolor: colour("--line"), automargin: true };
  return {
    paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)",
    font: { color: colour("--ink"), family: "system-ui, sans-serif", size: 13 },
    margin: { l: 50, r: 10, t: 10, b: 40 }, legend: { orientation: "h", y: -0.2 },
    hovermode: "closest", ...given,
    xaxis: { ...axis, ...given.xaxis }, yaxis: { ...axis, ...given.yaxis },
  };
}

/**
 * A figure with its caption and buttons that save it. `told` says in words what it shows.
 */
export function figure(name, told, traces, given = {}, tall = false) {
  const place = make("div", { class: tall ? "plot tall" : "plot", role: "img", "aria-label": told });
  const save = (format) => async () => (await plotly()).downloadImage(place, {
    format, filename: `firmament-${name}`, width: 1200, height: 700,
  });
  const drawn = plotly().then((library) =>
    library.newPlot(place, traces, layout(given), { responsive: true, displayModeBar: false }));
  drawn.catch((error) => { place.textContent = error.message; });
  const element = make("figure", {}, place, make("figcaption", {}, told),
    make("div", { class: "tools" },
      make("button", { type: "button", class: "link", click: save("png") }, "PNG"),
      make("button", { type: "button", class: "link", click: save("svg") }, "SVG")));
  return { element, place, drawn };
}

/** Lines with a band from `low` to `high` behind each. */
export function banded(groups) {
  return [...groups].flatMap(([name, rows], at) => {
    const shade = COLOURS[at % COLOURS.length];
    const x = rows.map((row) => row.date);
    return [
      { x: [...x, ...x.toReversed()], y: [...rows.map((r) => r.high), ...rows.map((r) => r.low).toReversed()],
        fill: "toself", fillcolor: `${shade}33`, line: { width: 0 }, hoverinfo: "skip", showlegend: false,
        type: "scatter", mode: "lines", legendgroup: name },
      { x, y: rows.map((row) => row.score), name, legendgroup: name, type: "scatter", mode: "lines",
        line: { color: shade, dash: ["solid", "dash", "dot", "dashdot"][at % 4] } },
    ];
  });
}

matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
  for (const place of document.querySelectorAll(".plot")) {
    if (place.layout) globalThis.Plotly.relayout(place, layout(place.layout));
  }
});
