// A take in its place in the cut: the select before it, the take, the select after it, one after the other over the stage.
// Whoever has seen a clip here has played it.
import { count, t } from "../language.js";
import { CutPlayer } from "../selects/player.js";
import { actionOf } from "./keyboard.js";
import { keyOf } from "./order.js";

export const HOLDS = [0.5, 1, 2, 4, 8];   // seconds that stills are held for which nobody has set a length
const USUAL = 2;

const isHeld = ({ side, frame_in, frame_out }) => side.kind === "still" && frame_in === frame_out;

// The items of a `CutPlayer`. around: {before, after} as the server answers, each null where there is none; take: of the
// pair, without its picture, which is on the stage; name: left or right.
export function itemsOf({ before, after }, { picture, state, ...take }, name, hold) {
  const own = { side: { ...take }, frame_in: 0, frame_out: take.frames - 1, seconds: take.frames / take.fps, where: name === "left" ? t("The left take") : t("The right take") };
  const beside = (select, where) => (select ? [{ ...select, side: { ...select.side }, where }] : []);
  return [...beside(before, t("Before it: {shot}", { shot: before?.shot })), { ...own, isOwn: true }, ...beside(after, t("After it: {shot}", { shot: after?.shot }))]
    .map((item) => (isHeld(item) ? { ...item, seconds: hold } : item));
}

export const nextHold = (hold, by) => HOLDS[Math.min(HOLDS.length - 1, Math.max(0, HOLDS.indexOf(hold) + by))] ?? USUAL;

// What a key does while the cut is shown; null for one that is the page's, before which the cut is closed.
export function cutActionOf(event, keys) {
  if (event.key === "Escape") return "close";
  const { act, choose, play } = actionOf(event, keys) ?? {};
  if (act === "cut") return "other";
  if (choose) return choose;
  return { toggle: "toggle", before: "before", next: "next", slower: "longer", quicker: "shorter" }[play] ?? null;
}

export class CutView {
  #around = new Map();   // brief -> {before, after}
  pair = null;

  // keys: gives the key cap of each action; choose: makes a take of the pair the chosen one.
  constructor(root, { server, store, transport, keys, choose }, signal) {
    Object.assign(this, { root, server, store, transport, keys, choose });
    this.box = root.querySelector(".ct-cut-view");
    this.button = root.querySelector(".ct-to-cut");
    this.player = new CutPlayer(this.box.querySelector(".ct-cut-stage"), () => this.show(), signal);
    // Before the page hears of it.
    document.addEventListener("keydown", (event) => this.onKey(event), { capture: true, signal });
    this.box.addEventListener("click", (event) => this.onClick(event));
    const onClick = ({ target }) => this.isOpen && !target.closest(".ct-cut-view, .ct-to-cut") && this.close();
    root.addEventListener("click", onClick, { capture: true, signal });
    addEventListener("resize", () => this.place(), { signal });
  }

  get isOpen() { return !this.box.hidden; }
  get hold() { return HOLDS.includes(this.store.read("hold of stills", USUAL)) ? this.store.read("hold of stills", USUAL) : USUAL; }

  // A pair is on the stage; once it can be seen, its neighbours are read, each brief's once.
  onStage(pair, isReady) {
    if (this.isOpen && this.pair && keyOf(this.pair) !== keyOf(pair)) this.close();
    this.pair = pair;
    const known = this.#around.get(pair.brief.id);
    this.button.hidden = !(known?.before || known?.after);
    if (!known && isReady) this.read(pair);
  }

  async read(pair) {
    this.#around.set(pair.brief.id, {});
    const around = await this.server.read(`/api/cut?take=${pair.left.take}`).catch(() => null);
    if (around) this.#around.set(pair.brief.id, around);
    else this.#around.delete(pair.brief.id);   // to be asked for again
    if (around && this.pair === pair) this.onStage(pair, true);
  }

  open(name) {
    const around = this.pair && this.#around.get(this.pair.brief.id);
    if (!(around?.before || around?.after) || this.pair[name].state !== "ready") return;
    this.name = name;
    this.box.hidden = false;
    this.place();
    this.transport.change("still");
    this.player.set(itemsOf(around, this.pair[name], name, this.hold));
    this.player.go(0);
    this.player.play();
  }

  // Where the pictures are, so that nothing moves.
  place() {
    if (!this.isOpen) return;
    const { left, top, width, height } = this.root.querySelector(".ct-stage").getBoundingClientRect();
    Object.assign(this.box.style, { left: `${left}px`, top: `${top}px`, width: `${width}px`, height: `${height}px` });
  }

  show() {
    const { item, isPlaying } = this.player;
    if (!this.isOpen || !item) return;
    const where = this.box.querySelector(".ct-cut-where");
    if (where.textContent !== item.where) where.textContent = item.where;
    this.box.querySelector("[data-cut=toggle]").setAttribute("aria-pressed", String(isPlaying));
    this.box.querySelector(".ct-cut-hold").textContent = t("Stills are held for {seconds} s.", { seconds: count(this.hold) });
    this.noteSeen(item);
  }

  noteSeen({ isOwn, side }) {
    const judged = this.pair[this.name].picture;
    if (isOwn && side.kind === "clip" && side.picture?.currentTime > 0 && judged?.dataset) judged.dataset.stepped = "true";
  }

  close() {
    this.player.pause();
    for (const { side } of this.player.items) if (side.picture) this.player.letGo(side);
    this.player.items = [];
    this.player.stage.replaceChildren();
    this.box.hidden = true;
  }

  act(name) {
    if (name === "close") return this.close();
    if (name === "toggle") return this.player.toggle();
    if (name === "before" || name === "next") return this.player.step(name === "next" ? 1 : -1);
    if (name === "longer" || name === "shorter") return this.setHold(nextHold(this.hold, name === "longer" ? 1 : -1));
    const side = name === "other" ? { left: "right", right: "left" }[this.name] : name;
    this.choose(side);
    return this.open(side);
  }

  // What is on screen goes on, for its new time.
  setHold(hold) {
    this.store.write("hold of stills", hold);
    for (const item of this.player.items) if (isHeld(item)) item.seconds = hold;
    this.show();
  }

  onKey(event) {
    if (!this.isOpen || !this.root.isConnected) return;
    const name = cutActionOf(event, this.keys());
    if (name) {
      event.preventDefault();
      event.stopImmediatePropagation();
      this.act(name);
    } else if (actionOf(event, this.keys())) this.close();
  }

  // Clicks are not the page's, for which a box would be a take of the pair.
  onClick(event) {
    event.stopPropagation();
    const button = event.target.closest("button");
    if (!button) return;
    button.blur();
    this.act(button.dataset.cut);
  }
}
