// The ranking page: two to nine takes of one brief, ordered by number keys.
import { t, tn } from "../language.js";
import { startPage } from "../stage_page.js";
import { make } from "../review/dom.js";
import { KeysDialog } from "../review/keys_dialog.js";
import { Look } from "../review/look.js";
import { Messages } from "../review/messages.js";
import { Outbox } from "../review/outbox.js";
import { Server } from "../review/server.js";
import { load, letGo } from "../review/stage/loading.js";
import { explain } from "../review/stage/nothing.js";
import { Transport } from "../review/stage/transport.js";
import { ViewControls } from "../review/stage/view_controls.js";
import { Store } from "../review/store.js";
import { drawTakes, markOrder } from "./grid.js";
import { rankActionOf } from "./keys.js";
import { Order, columnsFor } from "./order.js";

const AHEAD = 2;
const [FEWEST, MOST] = [2, 9];
const keyOf = (set) => set.takes.map((side) => side.take).sort((a, b) => a - b).join("-");

const rankedWords = (order, rest) => (rest ? t("ranked {order} > the rest", { order }) : t("ranked {order}", { order }));

class RankPage {
  sets = [];          // [{takes: [side], shot, brief}]: the first is on the stage
  judged = [];        // [{set, uid}], for undo
  passed = new Set(); // keys of what was ranked or skipped on this page
  fetching = false;
  timer = null;
  left = new AbortController();

  constructor(root, person) {
    this.root = root;
    this.server = new Server(person);
    this.store = new Store(person);
    this.keys = new KeysDialog(root, this.store);
    this.look = new Look(Number(root.dataset.shortestLook));
    this.outbox = new Outbox(this.store, {
      post: (item) => this.server.post(item),
      tryLater: (seconds) => this.tryLater(seconds),
      changed: () => this.messages.show(),
      open: () => !this.gone,
    });
    this.messages = new Messages(root, this.outbox, { typed: () => "", nothingShown: () => !this.set });
    this.viewing = new ViewControls(root, this.left.signal, {
      takes: () => this.set?.takes ?? [], boxOf: (take, size) => this.boxOf(take, size),
      sharper: () => this.set && !this.isShown && this.draw(),
    });
    this.transport = new Transport(root, Number(root.dataset.firstFrame), this.left.signal);
    this.size = Math.min(MOST, Math.max(FEWEST, Number(new URLSearchParams(location.search).get("size")) || 4));
  }

  get gone() { return this.left.signal.aborted; }
  get stage() { return this.root.querySelector(".ct-stage"); }
  get set() { return this.sets[0]; }
  get isReady() { return Boolean(this.set?.takes.every((take) => take.state === "ready" && (this.isShown || this.viewing.hasDetail(take)))); }

  begin() {
    const listen = (target, kind, handler) => target.addEventListener(kind, handler, { signal: this.left.signal });
    listen(document, "keydown", (event) => this.onKey(event));
    listen(document, "submit", (event) => this.messages.warnOnSignOut(event));
    listen(this.root, "click", (event) => this.onClick(event));
    listen(window, "online", () => this.outbox.send());
    listen(window, "storage", () => this.messages.show());
    listen(window, "beforeunload", (event) => this.messages.warnOnLeaving(event));
    listen(window, "resize", () => this.set && this.draw());
    this.messages.show();
    this.outbox.send();
    this.showSize();
    this.fill();
  }

  tryLater(seconds) {
    clearTimeout(this.timer);
    if (this.gone) return;
    this.timer = setTimeout(() => { this.outbox.send(); this.fill(); }, seconds * 1000);
  }

  // ---- takes come -----------------------------------------------------------------------------------------------------

  async fill() {
    if (this.fetching || this.gone || this.sets.length >= AHEAD) return;
    this.fetching = true;
    const { size } = this, dealt = await this.fetchSets().catch(() => []);
    this.fetching = false;
    if (this.gone) return undefined;
    if (size !== this.size) return this.fill();   // changed meanwhile
    const held = new Set([...this.sets.map(keyOf), ...this.passed]);
    const fresh = dealt.filter((set) => !held.has(keyOf(set)));
    for (const set of fresh) for (const take of set.takes) this.load(set, take);
    this.sets.push(...fresh);
    if (!this.set) return this.explainEmpty();
    if (this.shown !== this.set) this.show();
    return undefined;
  }

  load(set, take) {
    load(take, () => this.set === set && this.draw(), this.viewing.needed(take));
  }

  boxOf(take, { width, height }) {
    const number = this.set?.takes.length ?? this.size, columns = columnsFor(number, width, height, take.width / take.height);
    return { width: width / columns, height: height / Math.ceil(number / columns) };
  }

  async fetchSets() {
    const shot = new URLSearchParams(location.search).get("shot");
    const exclude = [...this.sets.map(keyOf), ...[...this.passed].slice(-32)].join(",");
    const query = new URLSearchParams({ count: AHEAD, size: this.size, exclude, ...(shot ? { shot } : {}) });
    const answer = await this.server.get(`/api/rankings?${query}`);
    if (!answer.ok) throw new Error(t("the server answered {status}", { status: answer.status }));
    return answer.json();
  }

  async explainEmpty() {
    const [title, line, ...link] = explain(await this.server.state(), 0, this.messages.words);
    if (this.set || this.gone) return;
    this.shown = null;
    this.root.dataset.shown = "";
    this.stage.replaceChildren(make("div", "ct-empty", make("b", "", title), make("span", "", line), ...link));
    this.root.querySelector(".ct-shot").textContent = this.root.querySelector(".ct-prompt").textContent = "";
    this.tryLater(2);
  }

  // ---- the stage ------------------------------------------------------------------------------------------------------

  show() {
    const { set } = this;
    this.shown = set ?? null;
    if (!set) return this.explainEmpty();
    this.order = new Order(set.takes.length);
    for (const take of set.takes) if (!take.picture) this.load(set, take);
    this.root.querySelector(".ct-shot").textContent = set.shot;
    const prompt = this.root.querySelector(".ct-prompt");
    prompt.textContent = prompt.title = set.brief.prompt;
    this.isShown = false;
    return this.draw();
  }

  draw() {
    const { set } = this;
    drawTakes(this.stage, set.takes);
    this.viewing.loadDetail();
    this.transport.attach(set, set.takes);
    this.mark();
    if (!this.isReady || this.isShown) return;
    this.isShown = true;
    this.look.begin(set.again);
    this.root.dataset.shown = keyOf(set);
  }

  mark() {
    markOrder(this.stage, this.order);
    this.root.querySelector("[data-rank=keep]").disabled = !this.order.picked.length;
  }

  // ---- ranking --------------------------------------------------------------------------------------------------------

  pick(number, clicks = 0) {
    if (!this.set || !this.isReady || number >= this.set.takes.length) return;
    const refusal = this.order.picked.length || clicks > 1 ? "" : this.look.refuse(this.set.takes, "rank", clicks);
    if (refusal || clicks > 1) return this.messages.hint(refusal);
    if (!this.order.pick(number)) this.order.release(number);
    this.messages.hint("");
    this.mark();
    if (this.order.isComplete) this.keep();
  }

  keep() {
    if (!this.set || !this.order.picked.length) return;
    const { set, order } = this, { takes, rest } = order.result, named = (numbers) => numbers.map((k) => set.takes[k].take);
    const body = { takes: named(takes), rest: named(rest), elapsed_ms: Math.round(this.look.elapsed()) };
    const uid = this.outbox.keep("/api/rankings", body, set.shot);
    this.judged.push({ set, uid });
    this.messages.hint(rankedWords(takes.map((k) => k + 1).join(" > "), rest.length));
    this.next();
  }

  next() {
    const set = this.sets.shift();
    this.passed.add(keyOf(set));
    if (this.judged.length > 2) this.judged.at(-3).set.takes.forEach((take) => letGo({ left: take, right: take }));
    this.root.dataset.shown = "";
    this.show();
    this.fill();
  }

  undo() {
    if (this.order?.release()) return this.mark();
    const last = this.judged.pop();
    if (!last) return this.messages.hint(t("nothing to undo"));
    this.outbox.keep("/api/rankings", { takes: [], undoes: last.uid }, last.set.shot);
    last.set.again = true;
    this.passed.delete(keyOf(last.set));
    this.sets.unshift(last.set);
    this.messages.hint(t("the ranking is taken back; rank again, or skip it"));
    return this.show();
  }

  resize(by) {
    const size = Math.min(MOST, Math.max(FEWEST, this.size + by));
    if (size === this.size) return;
    this.size = size;
    const query = new URLSearchParams(location.search);
    query.set("size", size);
    history.replaceState(history.state, "", `${location.pathname}?${query}`);   // Gradio sets another base
    this.sets = [];
    this.root.dataset.shown = "";
    this.showSize();
    this.fill();
  }

  showSize() {
    this.root.querySelector(".ct-size").textContent = tn("{n} take", "{n} takes", this.size);
  }

  // ---- keys and buttons -----------------------------------------------------------------------------------------------

  act({ pick, act, view, move, play }, clicks = 0) {
    if (pick !== undefined) return this.pick(pick, clicks);
    if (view) return this.viewing.change(view);
    if (move) return this.viewing.move(move);
    if (play) return this.transport.change(play);
    const acts = {
      keep: () => this.keep(),
      release: () => this.order?.release() && this.mark(),
      undo: () => this.undo(),
      skip: () => this.set && this.next(),
      more: () => this.resize(1),
      fewer: () => this.resize(-1),
      keys: () => this.keys.open(),
    };
    return acts[act]?.();
  }

  onKey(event) {
    if (!this.root.isConnected) return this.left.abort();
    const action = this.root.getClientRects().length ? rankActionOf(event, this.keys.map) : null;
    if (!action) return undefined;
    event.preventDefault();
    return this.act(action);
  }

  onClick(event) {
    const button = event.target.closest("button");
    if (!button) return;
    const { number, rank, view, act, value } = button.dataset;
    if (number !== undefined) return this.act({ pick: Number(number) }, event.detail);
    if (act) return this.outbox[act]?.(value);   // retry or discard of what was refused
    return this.act(view ? { view } : { act: rank });
  }
}

export function start(element) {
  const root = element.querySelector(".ct-review");
  return startPage(root, (person) => new RankPage(root, person));
}
