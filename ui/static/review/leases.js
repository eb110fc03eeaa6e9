// Pairs are leased to this page, so that another one of the same person is not dealt them. A page that is left puts its id
// where only the page loaded next in this tab finds it, which then gets back what this one held.
import { newUid } from "./dom.js";

const LEFT = "circletake.page";
const RENEWING = 20000;   // ms

function unlessBlocked(use) {
  try { return use(); } catch { return null; }
}

export class Leases {
  // lost: is called with the keys of pairs that another page was dealt, after this one was silent for long.
  // storage: gives the tab's storage; a blocked one throws, and then a page that is loaded again gets other pairs.
  constructor(server, pairs, { lost, storage = () => sessionStorage }) {
    Object.assign(this, { server, pairs, lost, storage });
    this.client = newUid();
    this.replaces = unlessBlocked(() => storage().getItem(LEFT)) ?? "";
    unlessBlocked(() => storage().removeItem(LEFT));
  }

  // `taken`: a pair that comes back on this page, though the verdict on it was given in another tab, which holds it still.
  async renew(taken = "") {
    const keys = this.pairs.keys();
    const kept = await this.server.renewLeases(this.client, keys, { taken });
    const lost = kept ? keys.filter((key) => !kept.includes(key)) : [];
    if (lost.length) this.lost(lost);
  }

  keepRenewing(signal) {
    const timer = setInterval(() => this.renew(), RENEWING);
    signal.addEventListener("abort", () => clearInterval(timer));
  }

  leave() {
    unlessBlocked(() => this.storage().setItem(LEFT, this.client));
    this.server.renewLeases(this.client, this.pairs.keys(), { leaving: true });
  }
}
