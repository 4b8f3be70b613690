// Firms by what is typed, where no service looks for them: in its order.

const is = (text, asked) => text === asked;
const begins = (text, asked) => text.startsWith(asked);
const hasWord = (text, asked) => text.includes(` ${asked}`);
const holds = (text, asked) => text.includes(asked);

const WAYS = [
  ["symbol", is], ["name", is], ["symbol", begins], ["name", begins], ["name", hasWord],
  ["sector", begins], ["industry", begins], ["sector", hasWord], ["industry", hasWord], ["name", holds],
];

const folded = (text) => (text && text !== "unknown" ? text.toLowerCase() : "");

/** Letters to change, add, leave out or swap to make one word of another. */
function slips(one, other) {
  const rows = [[...Array(other.length + 1).keys()]];
  for (let i = 1; i <= one.length; i += 1) {
    rows.push([i]);
    for (let j = 1; j <= other.length; j += 1) {
      const cost = one[i - 1] === other[j - 1] ? 0 : 1;
      let least = Math.min(rows[i - 1][j] + 1, rows[i][j - 1] + 1, rows[i - 1][j - 1] + cost);
      if (i > 1 && j > 1 && one[i - 1] === other[j - 2] && one[i - 2] === other[j - 1]) least = Math.min(least, rows[i - 2][j - 2] + 1);
      rows[i].push(least);
    }
  }
  return rows[one.length][other.length];
}

function spelt(firms, asked) {
  const most = asked.length < 3 ? 0 : asked.length < 6 ? 1 : 2;
  const near = (firm) => Math.min(...[folded(firm.symbol), ...folded(firm.name).split(/\s+/)].map((word) => slips(asked, word)));
  return firms.map((firm) => [near(firm), firm]).filter(([count]) => count <= most)
    .sort(([one], [other]) => one - other).map(([, firm]) => ({ ...firm, match: "spelling" }));
}

/** The firms that are most likely meant, as the service answers. */
export function looked(firms, query, limit) {
  const asked = query.trim().toLowerCase();
  const found = [];
  for (const firm of firms) {
    const place = WAYS.findIndex(([column, how]) => how(folded(firm[column]), asked));
    if (place >= 0) found.push([place, { ...firm, match: WAYS[place][0] }]);
  }
  const sorted = found.sort(([one], [other]) => one - other).map(([, firm]) => firm);
  return { query, firms: (sorted.length ? sorted : spelt(firms, asked)).slice(0, limit) };
}
