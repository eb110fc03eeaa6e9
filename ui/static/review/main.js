// The review page: blind pairs, one key each.
import { t, tn } from "../language.js";
import { offerCommands } from "../palette/commands.js";
import { startPage } from "../stage_page.js";
import { readScope } from "../scope.js";
import { Notes } from "./annotations/notes.js";
import { drawStars } from "./annotations/stars.js";
import { Tags } from "./annotations/tags.js";
import { make, replaceIfChanged } from "./dom.js";
import { CutView } from "./cut.js";
import { actionOf, actionOfButton, commandsOf } from "./keyboard.js";
import { KeysDialog } from "./keys_dialog.js";
import { Leases } from "./leases.js";
import { Look } from "./look.js";
import { Messages } from "./messages.js";
import { keyOf, sidesOf } from "./order.js";
import { Outbox } from "./outbox.js";
import { AHEAD, Pairs } from "./pairs.js";
import { Progress } from "./progress.js";
import { Server } from "./server.js";
import { drawStrip } from "./stage/filmstrip.js";
import { hasFailed, isReady, letGo, load } from "./stage/loading.js";
import { explain } from "./stage/nothing.js";
import { ViewControls } from "./stage/view_controls.js";
import { drawPair, outline } from "./stage/side_by_side.js";
import { Transport } from "./stage/transport.js";
import { Store } from "./store.js";

const SLOW = 2000;     // ms after which a pair that is still loading may be skipped
const STAY_LOADED = 2; // judged pairs, which undo shows at once

// A pair as it came from the server, without its pictures.
const plain = ({ left, right, again, ...rest }) => {
  const [a, b] = [left, right].map(({ picture, state, ...side }) => side);
  return { left: a, right: b, ...rest };
};

class ReviewPage {
  side = "left";       // which take stars, notes and tags go to
  coming = "";         // the pair on the stage, loaded or not; root.dataset.shown names it once it can be judged
  askedAt = 0;         // when it was put there
  elsewhere = 0;       // pairs that the person's other tabs hold
  fetching = false;
  timer = null;
  due = Infinity;
  left = new AbortController();   // aborted when the page is left: its listeners and timers go with it

  constructor(root, person) {
    this.root = root;
    this.pairs = new Pairs();
    this.server = new Server(person);
    this.store = new Store(person);
    this.keys = new KeysDialog(root, this.store);
    this.look = new Look(Number(root.dataset.shortestLook));
    this.outbox = new Outbox(this.store, {
      post: (item) => this.server.post(item),
      tryLater: (seconds) => this.tryLater(seconds),
      changed: () => this.update(),
      open: () => !this.gone,
    });
    this.messages = new Messages(root, this.outbox, {
      typed: () => this.notes.text || this.tags.text,
      nothingShown: () => !this.pairs.current,
    });
    this.tags = new Tags(root, this.outbox, this.server, (text) => this.messages.hint(text));
    this.viewing = new ViewControls(root, this.left.signal, {
      shown: () => this.shown, swiped: (side, began) => this.judge(side, 0, began),
      takes: () => this.pairs.coming.slice(0, 2).flatMap(sidesOf), sharper: () => this.shown || (this.pairs.current && this.draw()),
    });
    const firstFrame = Number(root.dataset.firstFrame), { store, outbox, server } = this;
    const transport = this.transport = new Transport(root, firstFrame, this.left.signal);
    this.notes = new Notes(root, {
      store, outbox, server, transport, firstFrame, view: () => this.viewing.view,
      sideOf: (take) => ["left", "right"].find((side) => this.pairs.current?.[side].take === take) ?? "",
      hint: (text) => this.messages.hint(text),
    });
    this.progress = new Progress(root, this.server, () => this.store.waiting);
    this.cut = new CutView(root, { server, store, transport, keys: () => this.keys.map, choose: (side) => this.choose(side) }, this.left.signal);
    this.leases = new Leases(this.server, this.pairs, { lost: (keys) => this.lose(keys) });
  }

  get gone() { return this.left.signal.aborted; }
  get stage() { return this.root.querySelector(".ct-stage"); }
  get shown() { return this.root.dataset.shown; }
  set shown(key) { this.root.dataset.shown = key; }

  begin() {
    const listen = (target, kind, handler) => target.addEventListener(kind, handler, { signal: this.left.signal });
    listen(document, "keydown", (event) => this.onKey(event));
    listen(document, "submit", (event) => this.messages.warnOnSignOut(event));
    listen(this.root, "click", (event) => this.onClick(event));
    listen(window, "online", () => this.outbox.send());
    listen(window, "storage", () => this.update());   // another tab saved, or judged
    listen(window, "beforeunload", (event) => this.messages.warnOnLeaving(event));
    listen(window, "pagehide", () => this.leases.leave());
    // The browser kept the page while it was left; what it held is free again.
    listen(window, "pageshow", (event) => event.persisted && location.reload());
    this.leases.keepRenewing(this.left.signal);
    offerCommands(() => commandsOf(() => this.keys.map, (action) => this.act(action)), this.left.signal);
    this.notes.restore();
    this.update();
    this.outbox.send();
    this.fill();
  }

  update() {
    this.messages.show();
    this.tags.update();
    this.notes.update();
  }

  // One timer for all that waits; whoever asks for the soonest has it.
  tryLater(seconds) {
    const at = performance.now() + seconds * 1000;
    if (this.gone || at >= this.due) return;
    clearTimeout(this.timer);
    this.due = at;
    this.timer = setTimeout(() => {
      this.due = Infinity;
      this.outbox.send();
      this.fill();
    }, seconds * 1000);
  }

  // ---- pairs come -----------------------------------------------------------------------------------------------------

  async fill() {
    if (this.fetching || this.gone || !this.pairs.runLow) return;
    this.fetching = true;
    const dealt = await this.fetchPairs().catch(() => []);   // why there are none, explainEmpty asks when it matters
    this.fetching = false;
    if (this.gone) return;
    this.receive(dealt);
    if (!this.pairs.current) this.explainEmpty();
  }

  async fetchPairs() {
    const { client, replaces } = this.leases, pair = new URLSearchParams(location.search).get("pair");
    const first = this.pairs.judged.length ? null : pair;
    const exclude = this.pairs.held(this.outbox.store.waiting).join(",");
    const query = { count: AHEAD, exclude, client, replaces, ...readScope(), ...(first ? { first } : {}) };
    const { pairs, elsewhere } = await this.server.pairs(query);
    this.leases.replaces = "";
    this.elsewhere = elsewhere;
    return pairs;
  }

  receive(dealt) {
    for (const pair of this.pairs.receive(dealt, this.outbox.store.waiting)) this.load(pair);
    const { current } = this.pairs;
    if (current && this.coming !== keyOf(current)) this.show();
    this.drawStrip();
  }

  lose(keys) {
    if (this.gone) return;
    this.pairs.drop(keys);
    this.show();
    this.fill();
  }

  async explainEmpty() {
    const [state, progress] = await Promise.all([this.server.state(), this.progress.latest()]);
    const [title, line, ...link] = explain(state, this.elsewhere, this.messages.words, progress);
    if (this.pairs.current || this.gone) return;
    this.shown = this.coming = "";
    replaceIfChanged(this.stage, [make("div", "ct-empty", make("b", "", title), make("span", "", line), ...link)]);
    this.root.querySelector(".ct-shot").textContent = this.root.querySelector(".ct-prompt").textContent = "";
    this.tryLater(1);
  }

  // ---- the stage ------------------------------------------------------------------------------------------------------

  // A pair comes with the pixels that are shown of it; one that can be judged stays so while more of them are loaded.
  canBeJudged(pair) {
    return isReady(pair) && (this.shown === keyOf(pair) || sidesOf(pair).every((take) => this.viewing.hasDetail(take)));
  }

  get slow() { return performance.now() - this.askedAt > SLOW; }

  load(pair, which = () => true) {
    const drawn = (take) => this.pairs.current && sidesOf(this.pairs.current).includes(take) && this.draw();
    sidesOf(pair).filter(which).forEach((take) => load(take, drawn, this.viewing.needed(take)));
  }

  show() {
    const pair = this.pairs.current;
    if (!pair) return this.explainEmpty();
    this.coming = keyOf(pair);
    if (this.pairs.wasSkipped(pair)) this.messages.hint(t("you skipped this pair before; nothing else is left"));
    this.askedAt = performance.now();
    this.load(pair, (take) => !take.picture || take.state === "failed");
    this.draw();
    const waitsFor = () => this.pairs.current === pair && !this.shown && this.draw();
    if (!this.shown) setTimeout(waitsFor, SLOW + 50);
  }

  draw() {
    const pair = this.pairs.current, canBeJudged = this.canBeJudged(pair);
    drawPair(this.stage, pair, this.slow);
    this.viewing.loadDetail();
    this.transport.attach(pair, sidesOf(pair));
    this.notes.onStage(sidesOf(pair));
    this.root.querySelector(".ct-shot").textContent = pair.shot;
    const prompt = this.root.querySelector(".ct-prompt");
    prompt.textContent = prompt.title = pair.brief.prompt;
    this.root.querySelector(".ct-check").hidden = !pair.check;
    if (canBeJudged) this.look.begin(pair.again);
    this.shown = canBeJudged ? this.coming : "";
    if (this.shown) this.noteInAddress();
    this.cut.onStage(pair, canBeJudged);
    this.choose(this.side);
    this.drawStrip();
    this.progress.refreshIfOld();
  }

  // Whoever loads the page again, or signs in again, comes back to this pair.
  noteInAddress() {
    const query = new URLSearchParams(location.search);
    query.set("pair", this.coming);
    history.replaceState(history.state, "", `?${query}`);
  }

  drawStrip() {
    drawStrip(this.root.querySelector(".ct-strip"), this.pairs);
  }

  // ---- judging --------------------------------------------------------------------------------------------------------

  // A skip says nothing about the pictures, so it is open to whoever cannot see them.
  mayJudge(pair, verdict) {
    if (this.shown === keyOf(pair)) return true;
    return verdict === "skip" && (hasFailed(pair) || this.slow) && this.coming === keyOf(pair);
  }

  castBallot(pair, verdict, elapsed, more = {}) {
    const body = { left: pair.left.take, right: pair.right.take, verdict, elapsed_ms: Math.round(elapsed), ...more };
    return this.outbox.keep("/api/ballots", body, pair.shot);
  }

  // now: when the person decided; a swipe is decided as it begins.
  judge(verdict, clicks, now = performance.now()) {
    const pair = this.pairs.current;
    if (!pair || !this.mayJudge(pair, verdict)) return;
    const refusal = this.shown && this.look.refuse(sidesOf(pair), verdict, clicks, now);
    if (refusal) return this.messages.hint(refusal);
    this.messages.hint(this.keepTyped());
    // A verdict that there is already, from another tab or on another day, stays unless the person takes it back.
    const uid = this.castBallot(pair, verdict, this.shown ? this.look.elapsed() : 0, { keep_earlier: true });
    this.pairs.judge(verdict, uid);
    this.progress.count(pair, verdict, 1);
    this.store.acts = [...this.store.acts, { uid, verdict, pair: plain(pair) }];
    const far = this.pairs.judged.at(-1 - STAY_LOADED);
    if (far) letGo(far.pair);
    this.show();
    this.fill();
    if (verdict === "both_bad") this.tags.askWhy(pair);
  }

  undo() {
    const { acts } = this.store, last = acts.at(-1);
    if (!last) return this.messages.hint(t("nothing to undo"));
    this.store.acts = acts.slice(0, -1);
    return last.verdict ? this.undoVerdict(last) : this.undoStars(last);
  }

  undoVerdict(last) {
    this.pairs.putBack(last);
    this.progress.count(last.pair, last.verdict, -1);
    this.pairs.current.again = true;
    const hint = t("the verdict is taken back; judge again, or leave the pair as skipped");
    this.messages.hint([hint, this.keepTyped()].filter(Boolean).join("; "));
    this.leases.renew(keyOf(last.pair));
    // The verdict stays in the record, superseded: by this skip now, so that nobody leaves a slip behind, and by the next
    // verdict when there is one.
    if (last.verdict !== "skip") this.castBallot(last.pair, "skip", 0, { undoes: last.uid });
    this.show();
  }

  // ---- stars, notes, tags: for the chosen take ------------------------------------------------------------------------

  choose(side) {
    this.side = side;
    outline(this.stage, side);
    drawStars(this.root, side, this.pairs.current?.[side].stars);
  }

  // Only a take that can be seen: stars and words for a picture that is not there would be for another.
  get chosen() {
    const pair = this.pairs.current;
    return pair?.[this.side].state === "ready" ? { take: pair[this.side].take, side: this.side, shot: pair.shot, kind: pair[this.side].kind } : null;
  }

  // The stars that it has already takes them away.
  rate(stars) {
    const { chosen } = this;
    if (!chosen) return;
    const { take, shot } = chosen, before = this.pairs.current[this.side].stars ?? 0;
    this.store.acts = [...this.store.acts, { take, before, shot }];
    this.setStars(take, stars === before ? 0 : stars, shot);
  }

  addStars(more) {
    const stars = this.pairs.current?.[this.side].stars ?? 0, then = Math.min(5, Math.max(0, stars + more));
    if (then !== stars) this.rate(then);
  }

  setStars(take, stars, shot) {
    const shown = this.pairs.coming.flatMap(sidesOf).find((side) => side.take === take);
    if (shown) shown.stars = stars;
    this.outbox.keep("/api/ratings", { take, stars }, shot);
    this.choose(this.side);
  }

  undoStars({ take, before, shot }) {
    this.setStars(take, before, shot);
    this.messages.hint(before ? tn("it has {n} star again", "it has {n} stars again", before) : t("the stars are taken back"));
  }

  write(field) {
    const { chosen } = this;
    if (!chosen) return;
    const goesOn = field.subject?.take === chosen.take;
    const kept = goesOn ? "" : this.keepTyped();
    if (kept) this.messages.hint(kept);
    field.open(chosen);
  }

  // Gives back what to tell.
  keepTyped() {
    return [this.notes.close(), this.tags.close()].filter(Boolean).join("; ");
  }

  // ---- keys and buttons -----------------------------------------------------------------------------------------------

  act({ verdict, stars, moreStars, choose, view, move, play, act, value }, clicks = 0) {
    if (verdict) return this.judge(verdict, clicks);
    if (stars) return this.rate(stars);
    if (moreStars) return this.addStars(moreStars);
    if (choose) return this.choose(choose);
    if (view) return this.viewing.change(view);
    if (move) return this.viewing.move(move);
    if (play) return this.transport.change(play);
    const acts = {
      undo: () => this.undo(),
      cut: () => this.cut.open(this.side),
      note: () => this.write(this.notes),
      tags: () => this.write(this.tags),
      keys: () => this.keys.open(),
      tag: () => this.tags.toggle(value),
      untag: () => this.tags.remove(value),
      "edit-note": () => this.notes.edit(value),
      "take-back-note": () => this.notes.takeBack(value),
      load: () => this.pairs.current && hasFailed(this.pairs.current) && this.show(),   // which loads what failed
      retry: () => this.outbox.retry(value),
      discard: () => this.outbox.discard(value),
    };
    return acts[act]?.();
  }

  onKey(event) {
    if (!this.root.isConnected) return this.left.abort();
    const action = this.root.getClientRects().length ? actionOf(event, this.keys.map) : null;
    if (!action) return;
    event.preventDefault();
    this.act(action);
  }

  onClick(event) {
    const button = event.target.closest("button"), box = event.target.closest(".ct-side");
    if (event.target.closest(".ct-sign-in")) this.messages.excused = true;   // what is pending is why they sign in
    if (button) {
      button.blur();
      const action = actionOfButton(button.dataset);
      if (action) this.act(action, event.detail);
    } else if (box) this.choose(box.dataset.side);
  }
}

export function start(element) {
  const root = element.querySelector(".ct-review");
  return startPage(root, (person) => new ReviewPage(root, person));
}
