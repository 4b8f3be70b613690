// The search box: a combobox whose suggestions follow what is typed.

import { ask, replaced } from "./ask.js";
import { make } from "./make.js";
import { change, state } from "./state.js";

const box = document.getElementById("query");
const list = document.getElementById("suggestions");
const basket = document.getElementById("basket");
let shown = [];
let shownFor = "";
let chosen = -1;

function close() {
  list.hidden = true;
  box.setAttribute("aria-expanded", "false");
  box.removeAttribute("aria-activedescendant");
  chosen = -1;
  shownFor = "";
}

function choose(at) {
  chosen = at;
  [...list.children].forEach((item, number) => item.setAttribute("aria-selected", number === at));
  list.children[at]?.scrollIntoView({ block: "nearest" });
  if (at >= 0) box.setAttribute("aria-activedescendant", `suggestion-${at}`);
}

/** Ask about a firm: alone, or added to the basket. */
function take(symbol, added) {
  const symbols = added ? [...new Set([...state.symbols, symbol])] : [symbol];
  box.value = "";
  close();
  const view = state.view === "map" || state.view === "trust" ? "firm" : state.view;
  if (state.view === "pair" && added && state.symbols.length) change({ other: symbol });
  else change({ symbols, view });
}

function show(firms, query) {
  shown = firms;
  shownFor = query;
  list.replaceChildren(...firms.map((firm, at) =>
    make("li", {
      id: `suggestion-${at}`, role: "option", "aria-selected": "false",
      mousedown: (event) => { event.preventDefault(); take(firm.symbol, event.ctrlKey || event.shiftKey); },
    }, make("strong", {}, firm.symbol), ` ${firm.name ?? ""}`,
    make("small", {}, [firm.sector, firm.industry].filter(Boolean).join(" · ")))));
  list.hidden = !firms.length;
  box.setAttribute("aria-expanded", String(firms.length > 0));
  if (firms.length) choose(0);
  const status = document.getElementById("status");
  if (!firms.length && query) status.textContent = `No firm is called anything like ${query}.`;
  else if (firms[0]?.match === "spelling") status.textContent = `Nothing begins with ${query}: did you mean one of these?`;
}

async function suggest() {
  const query = box.value.trim();
  if (!query) return close();
  try {
    const answer = await ask("firms", { query, limit: 12 });
    if (box.value.trim() === query) show(answer.firms, query);
  } catch (error) {
    if (!replaced(error)) document.getElementById("status").textContent = error.message;
  }
}

/** Take what is chosen; who types faster than is answered means what was typed, not what is shown. */
async function enter(added) {
  const query = box.value.trim();
  if (!query) return;
  if (shownFor !== query) await suggest();
  if (shownFor === query && shown[chosen]) take(shown[chosen].symbol, added);
}

box.addEventListener("input", suggest);

box.addEventListener("keydown", (event) => {
  const last = shown.length - 1;
  if (event.key === "ArrowDown" && !list.hidden) choose(chosen < last ? chosen + 1 : 0);
  else if (event.key === "ArrowUp" && !list.hidden) choose(chosen > 0 ? chosen - 1 : last);
  else if (event.key === "Escape") close();
  else if (event.key === "Enter") {
    enter(event.ctrlKey || event.shiftKey);
  } else return;
  event.preventDefault();
});

box.addEventListener("blur", close);
document.getElementById("asked").addEventListener("submit", (event) => event.preventDefault());

/** Show the firms that are asked about, each to be taken out again. */
export function fill({ symbols }) {
  basket.replaceChildren(...symbols.map((symbol) =>
    make("li", {}, make("button", {
      type: "button", "aria-label": `Leave out ${symbol}`, disabled: symbols.length < 2 ? "" : null,
      click: () => change({ symbols: state.symbols.filter((one) => one !== symbol) }),
    }, symbols.length < 2 ? symbol : `${symbol} ×`))));
}
