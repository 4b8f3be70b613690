// What a page that was saved as one file holds: answers, in place of the API, and plotly's script.

import { looked } from "./looked.js";

export const held = document.getElementById("held-index") !== null;

const opened = new Map();

/** What the document holds under a name, where it is compressed and written in base 64. */
export async function unpacked(name) {
  const packed = await fetch(`data:application/gzip;base64,${document.getElementById(`held-${name}`).textContent}`);
  return new Response(packed.body.pipeThrough(new DecompressionStream("gzip")));
}

/** An answer as the service gives it: tables are held as columns. */
function whole(value) {
  if (Array.isArray(value)) return value.map(whole);
  if (value === null || typeof value !== "object") return value;
  if (!value["="]) return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, whole(part)]));
  const columns = Object.entries(value["="]);
  return columns[0][1].map((_, at) => Object.fromEntries(columns.map(([key, cells]) => [key, whole(cells[at])])));
}

function answers(name) {
  if (!opened.has(name)) opened.set(name, unpacked(name).then((reply) => reply.json()));
  return opened.get(name);
}

/** A question as answers are kept by: its name, and those parameters that are given. */
function question(name, given) {
  const asked = Object.entries(given).flatMap(([key, value]) =>
    (Array.isArray(value) ? value : [value])
      .filter((one) => one !== "" && one !== null && one !== undefined).map((one) => `${key}=${one}`));
  return asked.length ? `${name}?${asked.join("&")}` : name;
}

/** All pairs, of which each is held once. */
function mirrored({ scores, ...about }) {
  return { ...about, scores: scores.map((row, one) => scores.map((other, at) => (at <= one ? row[at] : other[one]))) };
}

function lacking(name, given) {
  if (name === "explain") return `This file does not say why ${given.one} and ${given.other} are alike or not: it does of the nearest peers of each firm.`;
  return "This file does not hold the answer: it holds each firm's, over all of its days. The service answers all others (firmament serve).";
}

/** Return an answer that is held; where it is not, what is thrown says so. */
export async function recalled(name, given) {
  const index = await answers("index");
  if (name === "firms") return looked(whole(index.firms), given.query, given.limit);
  const asked = given.symbol ?? given.one ?? name.split("/")[1];
  if (asked === undefined) {
    const found = (await answers("shared"))[question(name, given)];
    if (!found) throw new Error(lacking(name, given));
    return name === "matrix" ? mirrored(found) : whole(found);
  }
  const firm = [asked].flat()[0];
  if (!(firm in index.places)) throw new Error(`There is no firm '${firm}' in this file.`);
  const own = await answers(index.places[firm]);
  const found = own[question(name, given)];
  if (found) return whole(found);
  if (name === "explain" && given.other in index.places) {
    const turned = await answers(index.places[given.other]);
    const other = turned[question(name, { ...given, one: given.other, other: given.one })];
    if (other) return whole(other);
  }
  throw new Error(lacking(name, given));
}
