// What is asked, as the page's address holds it.

const PLAIN = ["view", "from", "to", "measure", "sector", "cap", "top", "other", "colour"];
const listeners = [];

export const state = read();

function read() {
  const given = new URLSearchParams(location.search);
  const found = { symbols: given.getAll("symbol") };
  for (const name of PLAIN) found[name] = given.get(name) ?? "";
  return found;
}

/** The address of a state. */
export function address(asked) {
  const given = new URLSearchParams();
  for (const symbol of asked.symbols) given.append("symbol", symbol);
  for (const name of PLAIN) if (asked[name]) given.set(name, asked[name]);
  return `?${given}`;
}

/** Change what is asked, and tell everyone who listens. */
export function change(part, replace = false) {
  Object.assign(state, part);
  history[replace ? "replaceState" : "pushState"](null, "", address(state));
  tell();
}

export function listen(listener) {
  listeners.push(listener);
}

export function tell() {
  for (const listener of listeners) listener(state);
}

addEventListener("popstate", () => {
  Object.assign(state, read());
  tell();
});
