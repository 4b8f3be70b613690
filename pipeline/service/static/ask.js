// Questions to the API. The latest question of a kind replaces those before it.

import { held, recalled } from "./held.js";

const asking = new Map();

/** An address of the API, with those parameters that are given. */
function path(name, given = {}) {
  const query = new URLSearchParams();
  for (const [key, value] of Object.entries(given)) {
    for (const one of Array.isArray(value) ? value : [value]) {
      if (one !== "" && one !== null && one !== undefined) query.append(key, one);
    }
  }
  return `/api/${name.split("/").map(encodeURIComponent).join("/")}${query.size ? `?${query}` : ""}`;
}

/** Ask, and return the answer; a problem is thrown as the sentence that tells it. */
export async function ask(name, given = {}, kind = name) {
  if (held) return recalled(name, given);
  asking.get(kind)?.abort();
  const control = new AbortController();
  asking.set(kind, control);
  const reply = await fetch(path(name, given), {
    headers: { accept: "application/json" },
    signal: control.signal,
  });
  if (!reply.headers.get("content-type")?.includes("json")) {
    throw new Error(`The service cannot answer now (${reply.status}): try again in a moment.`);
  }
  const answer = await reply.json();
  if (!reply.ok) throw new Error(answer.detail ?? `The service answered with ${reply.status}.`);
  return answer;
}

export const replaced = (error) => error.name === "AbortError";

/** The days and the filters of a state, as the API calls them. */
export const days = (state) => ({ start: state.from, end: state.to });
export const filters = (state) => ({
  sector: state.sector, cap: state.cap, measure: state.measure, top: state.top || document.body.dataset.top,
});
