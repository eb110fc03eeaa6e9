// The pairs of this page, in order: judged ones behind, the one on the stage, those fetched ahead of their turn.
import { keyOf, pairKey } from "./order.js";

export const AHEAD = 8;

export class Pairs {
  coming = [];   // [{left, right, shot, brief}], the first is on the stage
  judged = [];   // [{pair, verdict, uid}], for undo and the filmstrip

  get current() { return this.coming[0]; }
  get runLow() { return this.coming.length <= AHEAD / 2; }

  keys() { return this.coming.map(keyOf); }

  // Pairs judged but still in the outbox are unknown to the server: they are excluded too.
  held(waiting) {
    const ballots = waiting.filter((item) => item.path === "/api/ballots");
    return [...this.keys(), ...ballots.map((item) => pairKey(item.body.left, item.body.right))];
  }

  // Gives back those that are new. What was judged on this page does not come again on it, but for a check; what was
  // skipped does, when the server has nothing else.
  receive(dealt, waiting) {
    const held = new Set(this.held(waiting));
    const judged = new Set(this.judged.filter((entry) => entry.verdict !== "skip").map((entry) => keyOf(entry.pair)));
    const fresh = dealt.filter((pair) => !held.has(keyOf(pair)) && (pair.check || !judged.has(keyOf(pair))));
    this.coming.push(...fresh);
    return fresh;
  }

  wasSkipped(pair) {
    return this.judged.some((entry) => entry.verdict === "skip" && keyOf(entry.pair) === keyOf(pair));
  }

  judge(verdict, uid) {
    this.judged.push({ pair: this.coming.shift(), verdict, uid });
  }

  // A judged one, back on the stage; it may be another tab's, or of another day.
  putBack({ uid, pair }) {
    const own = this.judged.find((entry) => entry.uid === uid), key = keyOf(pair);
    this.judged = this.judged.filter((entry) => entry !== own);
    this.coming = [own?.pair ?? pair, ...this.coming.filter((other) => keyOf(other) !== key)];
  }

  // Another page was dealt these meanwhile.
  drop(keys) {
    this.coming = this.coming.filter((pair) => !keys.includes(keyOf(pair)));
  }
}
