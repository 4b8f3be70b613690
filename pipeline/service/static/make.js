// Elements, tables and numbers. Text is never read as HTML.

/** An element with attributes (functions are listeners) and children. */
export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener(name, value);
    else if (value !== null && value !== undefined && value !== false) element.setAttribute(name, value);
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return element;
}

export const known = (value) => value !== null && value !== undefined && value !== "";
export const number = (value, digits = 2) => (known(value) ? Number(value).toFixed(digits) : "–");
export const share = (value, digits = 0) => (known(value) ? `${(100 * value).toFixed(digits)} %` : "–");
export const money = (value) => (known(value) ? `${(value / 1e9).toFixed(1)} bn` : "–");

/** A share in percent; one that is not quite none is not written as none. */
export function chance(value) {
  if (!known(value)) return "–";
  return value < 0.01 ? "< 0.01" : number(value, 2);
}

export function ranks(low, high) {
  if (!known(low)) return "–";
  return low === high ? `${low}` : `${low}–${high}`;
}

const kind = (column) => [column.number && "number", column.wide && "wide"].filter(Boolean).join(" ") || null;

/**
 * A table. A column is {head, cell(row), number, title, wide}.
 */
export function table(caption, columns, rows) {
  const heads = columns.map((column) =>
    make("th", { scope: "col", class: kind(column), title: column.title }, column.head));
  const lines = rows.map((row) =>
    make("tr", {}, columns.map((column, at) => {
      const tag = at === 0 ? "th" : "td";
      return make(tag, { class: kind(column), scope: at === 0 ? "row" : null }, column.cell(row) ?? "–");
    })));
  return make("div", { class: "table", tabindex: 0, role: "region", "aria-label": caption },
    make("table", {}, make("caption", {}, caption),
      make("thead", {}, make("tr", {}, heads)), make("tbody", {}, lines)));
}

/** A button that saves rows as CSV. */
export function saved(rows, name) {
  const quoted = (value) => {
    const text = known(value) ? String(value) : "";
    return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  const names = Object.keys(rows[0] ?? {});
  const save = () => {
    const lines = [names, ...rows.map((row) => names.map((column) => row[column]))];
    const text = lines.map((line) => `${line.map(quoted).join(",")}\n`).join("");
    const address = URL.createObjectURL(new Blob([text], { type: "text/csv" }));
    make("a", { href: address, download: `${name}.csv` }).click();
    URL.revokeObjectURL(address);
  };
  return make("p", { class: "tools" }, make("button", { type: "button", class: "link", click: save }, "CSV"));
}

export function facts(pairs) {
  return make("dl", { class: "facts" }, pairs.map(([name, value]) =>
    make("div", {}, make("dt", {}, name), make("dd", {}, value))));
}
