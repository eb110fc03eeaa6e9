// The outbox. Everything a person judges is kept in the browser first and leaves it only when the server has answered with
// a receipt (the uid echoed, and the row's id), so a dead server loses nothing. What the server refuses for good is put
// aside; what it fails on waits, and the rest passes it; what somebody else's cookie would have sent waits for its owner.
import { t } from "../language.js";
import { newUid } from "./dom.js";
import { subjectOf } from "./order.js";

const LONGEST_PAUSE = 5;     // seconds between tries of a server that does not answer
const LONGEST_STUCK = 10;    // seconds between tries of one item that the server fails on
const SHORTEST_WAIT = 250;   // ms

export class Outbox {
  sending = false;
  signedOut = false;
  otherPerson = "";          // who is signed in in this browser instead, while that lasts
  pause = 0;                 // seconds until anything is tried again; 0 while the server answers
  why = "";                  // what went wrong last, for the person
  stuck = new Map();         // uid -> {seconds, until} of items that the server failed on

  // post: item -> {status, body, signedIn}, or a rejection when nobody answers. tryLater: is given the seconds after which
  // `send` should be called again. changed: is called whenever there is something new to show.
  constructor(store, { post, tryLater, changed = () => {}, open = () => true, now = () => performance.now() }) {
    Object.assign(this, { store, post, tryLater, changed, open, now });
  }

  // Gives back the uid, by which undo names the verdict that it takes back.
  keep(path, body, shot) {
    const uid = newUid();
    this.store.waiting = [...this.store.waiting, { path, body: { uid, ...body }, shot }];
    this.changed();
    this.send();
    return uid;
  }

  get pending() { return this.store.waiting.length; }

  // The first item that is not held up itself and stands behind no earlier one on the same subject.
  next() {
    const held = new Set();
    for (const item of this.store.waiting) {
      const free = this.now() >= (this.stuck.get(item.body.uid)?.until ?? 0);
      if (free && !held.has(subjectOf(item))) return item;
      held.add(subjectOf(item));
    }
    return null;
  }

  async send() {
    if (this.sending || !this.open()) return;
    this.sending = true;
    try {
      for (let item; this.open() && (item = this.next()); this.changed()) await this.deliver(item);
      this.pause = 0;
    } catch (error) {
      this.pause = Math.min(this.pause ? this.pause * 2 : 0.5, LONGEST_PAUSE);
      this.why = error.message;
    }
    this.sending = false;
    this.changed();
    this.tryWhatWaits();
  }

  async deliver(item) {
    Object.assign(this, { signedOut: false, otherPerson: "" });
    const { status, body, signedIn } = await this.post(item);
    const reason = body.error || t("the server answered {status}", { status });
    this.signedOut = status === 401;
    this.otherPerson = signedIn;
    if (status < 300 && body.uid === item.body.uid && Number.isInteger(body.id)) return this.settle(item);
    if (signedIn || status === 401 || status === 429) throw new Error(reason);   // the others would meet the same
    if (status >= 400 && status < 500 && status !== 408) return this.putAside(item, reason);
    return this.holdBack(item.body.uid, reason);
  }

  settle(item) {
    const { waiting } = this.store;
    const place = waiting.findIndex((other) => other.body.uid === item.body.uid);
    if (place < 0) return;   // another tab had the receipt, and counted it
    const replaced = (other) => subjectOf(other) === subjectOf(item);
    this.store.waiting = waiting.filter((other, k) => k > place || !replaced(other));
    this.store.refused = this.store.refused.filter((other) => !replaced(other));
    this.store.saved += 1;
    this.stuck.delete(item.body.uid);
  }

  // A later word on the same subject stands for the earlier one, here as in the record.
  putAside(item, error) {
    const others = this.store.refused.filter((other) => subjectOf(other) !== subjectOf(item));
    this.store.refused = [...others, { ...item, error }];
    this.store.waiting = this.store.waiting.filter((other) => other.body.uid !== item.body.uid);
    this.stuck.delete(item.body.uid);
  }

  holdBack(uid, reason) {
    const seconds = Math.min(2 * (this.stuck.get(uid)?.seconds ?? 0.25), LONGEST_STUCK);
    this.stuck.set(uid, { seconds, until: this.now() + seconds * 1000 });
    this.why = reason;
  }

  tryWhatWaits() {
    if (this.pause) return this.tryLater(this.pause);
    const moments = this.store.waiting.map((item) => this.stuck.get(item.body.uid)?.until).filter(Boolean);
    if (moments.length) this.tryLater(Math.max(Math.min(...moments) - this.now(), SHORTEST_WAIT) / 1000);
  }

  discard(uid) {
    this.store.refused = this.store.refused.filter((item) => item.body.uid !== uid);
    this.changed();
  }

  // To the head of the outbox: whatever was said since on the same takes comes after it and supersedes it.
  retry(uid) {
    const item = this.store.refused.find((other) => other.body.uid === uid);
    if (!item) return;
    this.store.waiting = [{ path: item.path, body: item.body, shot: item.shot }, ...this.store.waiting];
    this.discard(uid);
    this.send();
  }
}
