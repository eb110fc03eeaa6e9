// What belongs together, and what must stay in order.

const compare = (a, b) => (typeof a === "number" && typeof b === "number" ? a - b : String(a) < String(b) ? -1 : 1);

export const pairKey = (a, b) => [a, b].sort(compare).join("-");
export const keyOf = (pair) => pairKey(pair.left.take, pair.right.take);
export const sidesOf = (pair) => [pair.left, pair.right];

// Verdicts on one pair, stars of one take and edits of one note must arrive in the order they were given: the later one
// supersedes. Notes and tags stand beside each other.
export function subjectOf({ path, body }) {
  if (path === "/api/rankings") return `ranking ${body.undoes ?? body.uid}`;
  if (path === "/api/ballots") return `pair ${pairKey(body.left, body.right)}`;
  if (path === "/api/notes" && body.supersedes) return `note ${body.supersedes}`;
  return path === "/api/ratings" ? `stars ${body.take}` : body.uid;
}
