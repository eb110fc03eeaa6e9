// What Node lacks of a browser, as far as modules with rules need it.

import { webcrypto } from "node:crypto";

// Older releases of Node have these, but not under the names that browsers use.
globalThis.crypto ??= webcrypto;
globalThis.CustomEvent ??= class extends Event {
  constructor(type, { detail }) {
    super(type);
    this.detail = detail;
  }
};

export class FakeStorage {
  values = new Map();
  getItem(key) { return this.values.get(key) ?? null; }
  setItem(key, value) { this.values.set(key, String(value)); }
  removeItem(key) { this.values.delete(key); }
}

export const settled = () => new Promise((done) => { setTimeout(done, 0); });

export const pair = (left, right) => ({ left: { take: left }, right: { take: right }, shot: "S_010", brief: { prompt: "" } });
