// What this browser keeps for one person, in localStorage, which its tabs share and machines share among people. A storage
// that is full, blocked or damaged loses nothing: what cannot be written stays in this page until it can.
import { t } from "../language.js";

const UNDOABLE = 100;
const CLOSED = t("This browser's storage is full or blocked: what is not saved yet is in this page alone. Keep it open.");

// A value that is there and of the kind that is expected.
const isOfKind = (value, otherwise) =>
  value !== undefined && typeof value === typeof (otherwise ?? {}) && Array.isArray(value) === Array.isArray(otherwise);

export class Store {
  full = "";             // what is wrong with the storage, for the person
  damaged = "";
  unwritten = new Map(); // key -> value

  constructor(person, storage = () => localStorage) {
    this.person = person;
    this.storage = storage;   // a function: a blocked storage throws when it is named
  }

  get problem() { return this.full || this.damaged; }

  key(name) { return `circletake.${name}.${this.person}`; }

  read(name, otherwise) {
    const key = this.key(name);
    if (this.unwritten.has(key)) return this.unwritten.get(key) ?? otherwise;
    try {
      return this.parse(key, this.storage().getItem(key), otherwise) ?? otherwise;
    } catch {
      this.full = CLOSED;
      return otherwise;
    }
  }

  // What cannot be read is put beside, for somebody who can.
  parse(key, text, otherwise) {
    let value;
    try { value = JSON.parse(text || "null"); } catch { value = undefined; }
    if (value === null || isOfKind(value, otherwise)) return value;
    this.storage().setItem(`${key}.damaged`, text);
    this.storage().removeItem(key);
    this.damaged = t("What this browser had kept of your work could not be read, and was put aside.");
    return null;
  }

  write(name, value) {
    this.unwritten.set(this.key(name), value);
    try {
      for (const [key, waiting] of this.unwritten) {
        this.storage().setItem(key, JSON.stringify(waiting));
        this.unwritten.delete(key);
      }
      this.full = "";
    } catch {
      this.full = CLOSED;
    }
  }

  // Judgements without a receipt, in the order they were given: {path, body: {uid, …}, shot}.
  get waiting() { return this.read("outbox", []); }
  set waiting(items) { this.write("outbox", items); }

  // Judgements that the server refused, each with its `error`.
  get refused() { return this.read("aside", []); }
  set refused(items) { this.write("aside", items); }

  // How many the server has acknowledged.
  get saved() { return this.read("saved", 0); }
  set saved(number) { this.write("saved", number); }

  // What undo takes back, the last one last, for all tabs and from one day to the next:
  // {uid, verdict, pair: {left, right, shot, brief}} or {take, side, before, shot}.
  get acts() { return this.read("acts", []); }
  set acts(list) { this.write("acts", list.slice(-UNDOABLE)); }

  // Text that is being written: {subject: {take, shot}, text}, or null.
  get draft() { return this.read("draft", null); }
  set draft(note) { this.write("draft", note); }

  // Which key does what, where the person changed it.
  get keys() { return this.read("keys", null); }
  set keys(map) { this.write("keys", map); }
}
