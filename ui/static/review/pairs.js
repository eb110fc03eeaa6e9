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

  // Gives back those that are new: what was judged on this page does not come again on it.
  receive(dealt, waiting) {
    const known = new Set([...this.held(waiting), ...this.judged.map((entry) => keyOf(entry.pair))]);
    const fresh = dealt.filter((pair) => !known.has(keyOf(pair)));
    this.coming.push(...fresh);
    return fresh;
  }

  judge(verdict, uid) {
    this.judged.push({ pair: this.coming.shift(), verdict, uid });
  }

  // The last one judged, back on the stage.
  undo() {
    const last = this.judged.pop();
    if (last) this.coming.unshift(last.pair);
    return last;
  }

  // Another page was dealt these meanwhile.
  drop(keys) {
    this.coming = this.coming.filter((pair) => !keys.includes(keyOf(pair)));
  }
}
