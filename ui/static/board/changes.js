// Stars and statuses that the person gives: shown at once, posted, and taken back with the reason where they are refused.
import { t } from "../language.js";
import { newUid } from "../review/dom.js";

const AT_ONCE = 100;   // takes of one request
const TRIES = 4;
const PAUSE = 1500;    // ms before a request is sent again

async function post(path, body) {
  const headers = { "Content-Type": "application/json" };
  const answer = await fetch(path, { method: "POST", credentials: "same-origin", headers, body: JSON.stringify(body) }).catch(() => null);
  if (!answer) return { error: t("the server does not answer"), again: true };
  const json = await answer.json().catch(() => ({}));
  if (answer.ok) return json;
  return { error: json.error || t("the server answered {status}", { status: answer.status }), again: answer.status >= 500 || answer.status === 429 };
}

// The card with one person's stars changed: {own_stars, stars, raters}.
export function withStars(card, stars) {
  const others = card.raters - (card.own_stars ? 1 : 0);
  const sum = (card.stars ?? 0) * card.raters - card.own_stars;
  const raters = others + (stars ? 1 : 0);
  return { own_stars: stars, raters, stars: raters ? (sum + stars) / raters : null };
}

export const parts = (list, size) => Array.from({ length: Math.ceil(list.length / size) }, (_, n) => list.slice(n * size, (n + 1) * size));

export class Changes {
  #chains = new Map();   // take -> the end of what is being sent for it, so that the last click is the last to arrive

  // `onChange` is called with takes whose card is another now; `onProgress` with {done, of, refused} of many.
  constructor(cards, onChange, onProgress) {
    Object.assign(this, { cards, onChange, onProgress });
  }

  #running = 0;          // changes of many that are under way

  get isSaving() { return this.#chains.size + this.#running > 0; }

  rate(take, stars) {
    const card = this.cards.get(take);
    return card && this.#save(card, withStars(card, card.own_stars === stars ? 0 : stars), "/api/ratings", (now) => ({ stars: now.own_stars }));
  }

  setStatus(take, status) {
    const card = this.cards.get(take);
    return card && card.status !== status && this.#save(card, { status }, "/api/statuses", (now) => ({ status: now.status }));
  }

  async #save(card, change, path, bodyOf) {
    const before = Object.fromEntries(Object.keys(change).map((name) => [name, card[name]]));
    Object.assign(card, change, { why: "", saving: (card.saving ?? 0) + 1 });
    const body = { uid: newUid(), take: card.take, ...bodyOf(card) };
    this.onChange([card.take]);
    const sent = (this.#chains.get(card.take) ?? Promise.resolve()).then(() => post(path, body));
    this.#chains.set(card.take, sent);
    const { error } = await sent;
    if (this.#chains.get(card.take) === sent) this.#chains.delete(card.take);
    card.saving -= 1;
    if (error) this.#refuse(card, error, before, change);
    this.onChange([card.take], !error && change.status);
    return !error;
  }

  // What was changed once more meanwhile stays as it was last changed.
  #refuse(card, error, before, change) {
    const isLast = Object.keys(change).every((name) => card[name] === change[name]);
    Object.assign(card, isLast ? before : {}, { why: t("not saved: {why}", { why: error }) });
  }

  // One status for many takes, each with a uid of its own, so that sending them again is safe. The takes that were refused.
  // `onProgress` gets, at the end, what the status of each was before, where that is known of all.
  async setStatuses(takes, status) {
    this.#running += 1;
    const before = new Map();   // take -> status
    for (const take of takes) {
      const card = this.cards.get(take);
      if (!card) continue;
      before.set(take, card.status);
      Object.assign(card, { status, why: "", saving: (card.saving ?? 0) + 1 });
    }
    this.onChange(takes);
    const refused = new Map();   // take -> why
    let done = 0;
    for (const part of parts(takes, AT_ONCE)) {
      this.onProgress({ done, of: takes.length, refused });
      for (const [take, why] of await this.#sendPart(part, status)) refused.set(take, why);
      for (const take of part) this.#settle(take, before, refused.get(take));
      done += part.length;
      this.onChange(part, refused.size < part.length && status);
    }
    this.#running -= 1;
    for (const take of refused.keys()) before.delete(take);
    this.onProgress({ done, of: takes.length, refused, before: before.size === takes.length - refused.size ? before : null });
    return refused;
  }

  // What a change of many has replaced is given back, status by status.
  async takeBack(before) {
    for (const status of new Set(before.values())) await this.setStatuses([...before.keys()].filter((take) => before.get(take) === status), status);
  }

  async #sendPart(part, status) {
    const takes = part.map((take) => ({ uid: newUid(), take }));
    let answer;
    for (let tries = TRIES; tries; tries -= 1) {
      answer = await post("/api/board/statuses", { status, takes });
      if (!answer.again) break;
      if (tries > 1) await new Promise((done) => { setTimeout(done, PAUSE); });
    }
    if (answer.error) return part.map((take) => [take, answer.error]);
    const takeOf = new Map(takes.map(({ uid, take }) => [uid, take]));
    return answer.refused.map(({ uid, error }) => [takeOf.get(uid), error]);
  }

  #settle(take, before, why) {
    const card = this.cards.get(take);
    if (!card || !before.has(take)) return;
    card.saving -= 1;
    if (why) Object.assign(card, { status: before.get(take), why: t("not saved: {why}", { why }) });
  }
}
