// What others change while the board is open: cards in view are drawn anew where they are, and takes that are new wait
// until they are asked for, since they would move what the person is at.
import { tn } from "../language.js";
import { askBoard } from "./data.js";

const EVERY = 4000;   // ms between looks at the server, while the tab is in front
const MOST = 60;      // cards of one request

// Takes of another answer that the board does not have: how many.
export const countNew = (board, places) => board.shots.reduce((sum, shot) => sum + shot.takes.filter((take) => !places.has(take)).length, 0);

export const newText = (number) => tn("{n} new take: show", "{n} new takes: show", number);

export class Others {
  #since = "";
  #tag = "";
  #number = 0;   // of the board that is shown: answers about another one come too late
  #more = null;  // the board with the takes that are new

  // page: the board's page; button: shows how many takes are new, and shows them.
  constructor(page, button) {
    Object.assign(this, { page, button });
    button.addEventListener("click", () => this.#more && page.showMore(this.#more));
    document.addEventListener("visibilitychange", () => !document.hidden && this.look());
  }

  // Another board is shown, or the same one with what was new.
  begin(board) {
    this.#number += 1;
    Object.assign(this, { project: board.project });
    this.#since = board.as_of;
    this.#tag = "";
    this.#more = null;
    this.button.hidden = true;
  }

  watch() {
    clearTimeout(this.timer);
    this.timer = setTimeout(async () => {
      if (!document.hidden) await this.look();
      if (this.button.isConnected) this.watch();
    }, EVERY);
  }

  async look() {
    if (!this.project) return;
    const number = this.#number;
    const query = new URLSearchParams({ project: this.project, since: this.#since });
    // A server that is away for a while is asked again later, for all that changed since.
    const answer = await fetch(`/api/board/changes?${query}`, { cache: "no-store", headers: this.#tag ? { "If-None-Match": this.#tag } : {} }).catch(() => null);
    if (!answer?.ok) return;
    const changes = await answer.json().catch(() => null);
    if (!changes || number !== this.#number || !await this.#read(changes, number)) return;
    this.#since = changes.as_of;
    this.#tag = answer.headers.get("ETag") ?? "";
  }

  // Whether all of it could be read; what could not comes again with the next look.
  async #read({ takes, everything, added }, number) {
    const { cards, inView } = this.page, seen = new Set(inView);
    const known = everything ? [...cards.known.keys()] : takes.filter((take) => cards.known.has(take));
    for (const take of known) if (!seen.has(take)) cards.forget(take);
    const changed = known.filter((take) => seen.has(take));
    try {
      for (let first = 0; first < changed.length; first += MOST) await cards.refresh(changed.slice(first, first + MOST));
      if (added) this.#offer(await askBoard(this.page.shown), number);
    } catch {
      return false;
    }
    return true;
  }

  #offer(board, number) {
    if (number !== this.#number) return;
    const count = countNew(board, this.page.grid.places ?? new Map());
    this.#more = count ? board : null;
    this.button.hidden = !count;
    if (count) this.button.textContent = newText(count);
  }
}
