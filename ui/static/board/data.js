// What the board shows, from the server: first which takes and in which order, then what of those in view.
import { t } from "../language.js";
import { writeAddress } from "./address.js";

const MOST = 60;   // takes of one request

let prefetched = null;   // {search, answer} of the page's own address, asked for before the page is there
let wasAsked = false;    // a board was: what is prefetched from then on would be shown later, when it is old

async function ask(path) {
  const answer = await fetch(path, { credentials: "same-origin" }).catch(() => null);
  if (!answer) throw new Error(t("the server does not answer"));
  if (answer.ok) return answer.json();
  const { error } = await answer.json().catch(() => ({}));
  throw new Error(error || t("the server answered {status}", { status: answer.status }));
}

// Nothing once a board was asked for: this module may be there before whoever prefetches is told.
export function prefetch(search) {
  if (wasAsked) return;
  prefetched = { search, answer: ask(`/api/board${search}`) };
  prefetched.answer.catch(() => {});   // it is asked for again by whoever needs it
}

// As `Board` of the server.
export function askBoard(shown) {
  const search = writeAddress(shown);
  const early = prefetched?.search === search ? prefetched.answer : null;
  prefetched = null;
  wasAsked = true;
  return early ? early.catch(() => ask(`/api/board${search}`)) : ask(`/api/board${search}`);
}

export const askChoices = (project) => ask(`/api/board/choices?project=${encodeURIComponent(project)}`);

// Cards by take, read in batches: one request at a time, for whatever is in view when it begins.
export class Cards {
  known = new Map();
  #missing = [];
  #asking = false;

  // `onRead` is called with the takes of each answer, and null when none came.
  constructor(onRead) {
    this.onRead = onRead;
  }

  reset(cards) {
    this.known = new Map(cards.map((card) => [card.take, card]));
    this.#missing = [];
  }

  get(take) { return this.known.get(take); }

  // Those that come with a board whose other cards are known.
  add(cards) { this.#keep(cards); }

  // To be read again when it comes into view; not while it is being saved.
  forget(take) {
    if (!this.known.get(take)?.saving) this.known.delete(take);
  }

  // All that are in view now; what was needed before and is not any more is forgotten.
  need(takes) {
    this.#missing = takes.filter((take) => !this.known.has(take));
    if (!this.#asking && this.#missing.length) this.#next();
  }

  async refresh(takes) {
    const cards = await this.#ask(takes);
    this.#keep(cards);
    this.onRead(cards.map((card) => card.take));
  }

  async #next() {
    this.#asking = true;
    const takes = this.#missing.slice(0, MOST);
    const { known } = this;
    try {
      const cards = await this.#ask(takes);
      if (known === this.known) {
        for (const take of takes) known.set(take, null);   // gone meanwhile, unless it is in the answer
        this.#keep(cards);
        this.onRead(takes);
      }
    } catch (error) {
      this.onRead(null, error);
      await new Promise((done) => { setTimeout(done, 3000); });
    }
    this.#asking = false;
    this.need(this.#missing);
  }

  #ask = (takes) => ask(`/api/board/cards?takes=${takes.join(",")}`);

  // What is being saved is not overwritten by what was read before.
  #keep(cards) {
    for (const card of cards) if (!this.known.get(card.take)?.saving) this.known.set(card.take, card);
  }
}
