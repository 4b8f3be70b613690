// The page: the address says what is shown, and every change of it is shown at once.

import { replaced } from "./ask.js";
import * as choices from "./choices.js";
import * as firm from "./firm.js";
import * as map from "./map.js";
import * as pair from "./pair.js";
import * as search from "./search.js";
import { change, listen, state, tell } from "./state.js";
import * as trust from "./trust.js";

const VIEWS = { firm, pair, map, trust };
const content = document.getElementById("content");
const status = document.getElementById("status");
const buttons = document.querySelectorAll("nav button");

for (const button of buttons) {
  button.addEventListener("click", () => change({ view: button.dataset.view }));
}

let latest = 0;

async function show(asked) {
  const turn = ++latest;
  const name = VIEWS[asked.view] ? asked.view : "firm";
  search.fill(asked);
  choices.fill(asked);
  for (const button of buttons) {
    if (button.dataset.view === name) button.setAttribute("aria-current", "page");
    else button.removeAttribute("aria-current");
  }
  document.title = `firmament: ${name === "map" ? "all firms" : name === "trust" ? "whether to believe it" : asked.symbols.join(", ")}`;
  const waiting = setTimeout(() => { if (turn === latest) status.textContent = "Asking …"; }, 300);
  status.className = "";
  try {
    // What was asked before may be answered later: it is no longer shown.
    const shown = (...nodes) => { if (turn === latest) content.replaceChildren(...nodes); };
    await VIEWS[name].show(structuredClone(asked), shown);
    if (turn === latest) status.textContent = "";
  } catch (error) {
    if (turn !== latest || replaced(error)) return;
    status.className = "trouble";
    status.textContent = error.message;
    content.replaceChildren();
  } finally {
    clearTimeout(waiting);
  }
}

listen(show);
if (!state.symbols.length) change({ symbols: [document.body.dataset.largest] }, true);
else tell();
