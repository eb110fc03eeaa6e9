// The selects of a sequence: played through as a cut, ordered, with in and out, and exported.
import { t } from "../language.js";
import { startPage } from "../stage_page.js";
import { make } from "../review/dom.js";
import { actionOf, actionOfButton, capOf, usableKeys } from "../review/keyboard.js";
import { Server } from "../review/server.js";
import { timecode } from "../review/stage/frames.js";
import { Store } from "../review/store.js";
import { Saver } from "../saving.js";
import { lengthOf, playedOf, withMark } from "./cut_times.js";
import { exportSelects, queryOf, showOptions } from "./exports.js";
import { drawShots, lengthInWords, listenToDrags, nameOfPlace } from "./list.js";
import { CutPlayer } from "./player.js";

const RETRY = 2000;   // ms between tries while the server does not answer

class SelectsPage {
  cut = { sequences: [], sequence: "", shots: [] };
  projects = [];
  chosen = null;        // the take whose in, out and place are changed
  left = new AbortController();

  constructor(root, person) {
    this.root = root;
    this.server = new Server(person);
    this.saver = new Saver(this.server);
    this.keys = usableKeys(new Store(person).keys);
    this.firstFrame = Number(root.dataset.firstFrame);
    this.slider = root.querySelector(".ct-scrub input");
    this.form = root.querySelector(".ct-export-form");
    this.player = new CutPlayer(root.querySelector(".ct-stage"), () => this.drawPlayer(), this.left.signal);
    root.querySelectorAll("kbd[data-cap]").forEach((cap) => { cap.textContent = capOf(this.keys[cap.dataset.cap]); });
  }

  get address() { return new URLSearchParams(location.search); }
  get project() { return this.address.get("project") || this.projects[0]?.code || ""; }

  begin() {
    const { signal } = this.left, listen = (target, kind, handler) => target.addEventListener(kind, handler, { signal });
    listen(document, "keydown", (event) => this.onKey(event));
    listen(this.root, "click", (event) => this.onClick(event));
    listen(this.root, "change", (event) => this.onChange(event));
    listen(this.slider, "input", () => { this.player.pause(); this.player.goTo(Number(this.slider.value) / 1000); });
    listen(this.form, "submit", (event) => { event.preventDefault(); this.export(); });
    showOptions(this.form);
    listenToDrags(this.root.querySelector(".ct-shots"), (take, place) => this.place(take, place), signal);
    this.refresh();
  }

  tell(line) { this.root.querySelector(".ct-problem").textContent = line; }

  async refresh() {
    try {
      this.projects = await this.server.read("/api/projects");
      if (!this.project) return this.explain(t("no project yet: a supervisor makes one on the Briefs page"));
      const sequence = this.address.get("sequence");
      const query = new URLSearchParams({ project: this.project, ...(sequence === null ? {} : { sequence }) });
      this.cut = await this.server.read(`/api/selects?${query}`);
    } catch (error) {
      this.explain(error.message);
      return /role|no project/.test(error.message) ? undefined : setTimeout(() => this.refresh(), RETRY);
    }
    return this.draw();
  }

  explain(line) {
    this.root.querySelector(".ct-stage").replaceChildren(make("div", "ct-empty", make("b", "", line)));
  }

  draw() {
    const there = this.cut.shots.flatMap(({ selects }) => selects).map(({ side }) => side.take);
    if (!there.includes(this.chosen)) this.chosen = playedOf(this.cut.shots)[0]?.side.take ?? null;
    const picks = playedOf(this.cut.shots, this.chosen), playing = this.player.item?.shot;
    this.player.set(picks, Math.max(0, picks.findIndex(({ shot }) => shot === playing)));
    this.slider.max = Math.round(1000 * lengthOf(picks));
    this.fillChoices(".ct-project", this.projects.map(({ code }) => code), this.project);
    this.fillChoices(".ct-sequence", this.cut.sequences, this.cut.sequence);
    this.root.querySelector(".ct-exports").hidden = !picks.length;
    const { sequence } = this.form.elements, chosen = sequence.value;
    sequence.replaceChildren(sequence.options[0], ...this.cut.sequences.filter(Boolean).map((name) => new Option(name, name, false, name === chosen)));
    for (const link of this.root.querySelectorAll(".ct-ai-use a")) link.href = `/api/exports/ai-use?${new URLSearchParams({ project: this.project, format: link.dataset.format })}`;
    this.drawList();
    this.drawPlayer();
  }

  fillChoices(selector, names, chosen) {
    const options = names.map((name) => Object.assign(make("option", "", name || t("without a sequence")), { value: name, selected: name === chosen }));
    this.root.querySelector(selector).replaceChildren(...options);
  }

  drawList() {
    const { chosen, firstFrame } = this, focused = document.activeElement?.dataset.value;
    const list = this.root.querySelector(".ct-shots");
    this.drawnFor = this.player.item?.shot;
    drawShots(list, this.cut.shots, { chosen, firstFrame, playing: this.drawnFor });
    if (focused) list.querySelector(`button[data-value="${focused}"]`)?.focus();   // whoever moves one goes on with it
    this.drawChosen();
  }

  drawChosen() {
    const { select, shot, position, of } = this.find(this.chosen) ?? {};
    this.root.querySelector(".ct-chosen-select").hidden = !select;
    if (!select) return;
    this.root.querySelector(".ct-chosen-name").textContent = [shot, nameOfPlace(position), lengthInWords(select, this.firstFrame)].join(" · ");
    const isClip = select.side.kind === "clip", show = (selector, isShown) => { this.root.querySelector(selector).hidden = !isShown; };
    show(".ct-hold-field", !isClip);
    show("[data-act=mark-in]", isClip);
    show("[data-act=mark-out]", isClip);
    show("[data-act=earlier]", position > 1);
    show("[data-act=later]", position < of);
    const use = this.root.querySelector(".ct-intended-use");
    use.value = select.intended_use ?? "";
    use.options[0].disabled = Boolean(select.intended_use);   // a decision is followed by another one
    this.root.querySelector(".ct-hold").value = select.frame_out - select.frame_in + 1;
    this.root.querySelector(".ct-open-take").href = `/take?take=${select.side.take}`;
  }

  drawPlayer() {
    const { item, moment, frame, isClip, isPlaying, items } = this.player;
    this.slider.value = Math.round(1000 * moment);
    const button = this.root.querySelector("[data-act=play]");
    button.setAttribute("aria-pressed", String(isPlaying));
    if (!item) return;
    const { fps } = items[0].side, code = (seconds) => timecode(Math.round(seconds * fps), fps);
    this.root.querySelector(".ct-shot").textContent = item.shot;
    const number = isClip ? ` · ${t("frame {number}", { number: frame + this.firstFrame })}` : "";
    this.root.querySelector("output").textContent = `${code(moment)} / ${code(lengthOf(items))}${number}`;
    this.slider.setAttribute("aria-valuetext", `${item.shot}, ${code(moment)}`);
    if (this.drawnFor !== item.shot) this.drawNow();
  }

  // Which shot is on screen; the list is not drawn anew, so that nothing loses the focus while it plays.
  drawNow() {
    this.drawnFor = this.player.item.shot;
    this.root.querySelectorAll(".ct-cut-shot").forEach((item) => item.classList.toggle("ct-now", item.dataset.shot === this.drawnFor));
  }

  // {select, shot, position, of} of a take, or undefined.
  find(take) {
    for (const { shot, selects } of this.cut.shots) {
      const k = selects.findIndex(({ side }) => side.take === take);
      if (k >= 0) return { select: selects[k], shot, position: k + 1, of: selects.length };
    }
    return undefined;
  }

  // ---- changes --------------------------------------------------------------------------------------------------------

  async save(take, fields) {
    const { frame_in, frame_out } = this.find(take).select;
    const { isSaved, error } = await this.saver.save("/api/selects", { take, frame_in, frame_out, ...fields });
    this.tell(isSaved ? "" : t("not saved: {why}", { why: error }));
    await this.refresh();
    return isSaved;
  }

  async place(take, position) {
    const { of } = this.find(take) ?? {};
    if (!of || position < 1 || position > of) return;
    this.chosen = take;
    if (await this.save(take, { position })) this.say(position === 1 ? t("It is the pick now.") : t("It is alternate {number} now.", { number: position - 1 }));
  }

  move(by) {
    const { position } = this.find(this.chosen) ?? {};
    if (position) this.place(this.chosen, position + by);
  }

  say(line) { this.root.querySelector(".ct-announced").textContent = line; }

  // Of the clip on screen.
  mark(which) {
    const { item, isClip, frame } = this.player;
    if (!item || !isClip) return;
    this.chosen = item.side.take;
    this.save(item.side.take, withMark(item, which, frame));
  }

  choose(take) {
    this.chosen = take;
    const { shot } = this.find(take), played = playedOf(this.cut.shots, take);
    this.player.set(played, played.findIndex((item) => item.shot === shot));
    this.slider.max = Math.round(1000 * lengthOf(played));
    this.drawList();
  }

  export() {
    const bar = this.root.querySelector(".ct-exports progress"), line = this.root.querySelector(".ct-exported");
    return exportSelects(this.project, queryOf(this.form), {
      tell: (text, remarks = []) => {
        line.textContent = text;
        this.root.querySelector(".ct-remarks").replaceChildren(...remarks.map((remark) => make("li", "", remark)));
      },
      progress: (share) => {
        bar.hidden = false;
        if (share < 0) bar.removeAttribute("value");
        else bar.value = share;
      },
    });
  }

  show(fields) {
    const query = this.address;
    for (const [name, value] of Object.entries(fields)) {
      if (value === null) query.delete(name);
      else query.set(name, value);
    }
    history.replaceState(history.state, "", `?${query}`);
    this.chosen = null;
    this.player.pause();
    this.player.set([]);
    this.refresh();
  }

  // ---- keys and buttons -----------------------------------------------------------------------------------------------

  act(act, value) {
    const acts = {
      play: () => this.player.toggle(),
      "before-cut": () => this.player.go(this.player.index - 1),
      "next-cut": () => this.player.go(this.player.index + 1),
      "mark-in": () => this.mark("in"),
      "mark-out": () => this.mark("out"),
      earlier: () => this.move(-1),
      later: () => this.move(1),
      choose: () => this.choose(Number(value)),
    };
    acts[act]?.();
  }

  onKey(event) {
    if (!this.root.isConnected) return this.left.abort();
    if (event.altKey && ["ArrowLeft", "ArrowRight"].includes(event.key) && event.target.closest?.(".ct-shots")) {
      event.preventDefault();
      this.chosen = Number(event.target.closest("button").dataset.value);
      return this.move(event.key === "ArrowLeft" ? -1 : 1);
    }
    const { play, choose } = actionOf(event, this.keys) ?? {};
    const keys = {
      toggle: () => this.player.toggle(), forward: () => this.player.play(), still: () => this.player.pause(),
      next: () => this.player.step(1), before: () => this.player.step(-1),
      markIn: () => this.mark("in"), markOut: () => this.mark("out"),
      left: () => this.act("before-cut"), right: () => this.act("next-cut"),
    };
    const does = keys[play ?? choose];
    if (!does) return undefined;
    event.preventDefault();
    return does();
  }

  onClick(event) {
    const button = event.target.closest("button"), action = button && actionOfButton(button.dataset);
    if (action?.act) this.act(action.act, action.value);
  }

  onChange(event) {
    const { target } = event;
    if (target.matches(".ct-project")) this.show({ project: target.value, sequence: null });
    if (target.matches(".ct-sequence")) this.show({ sequence: target.value });
    if (target.form === this.form) showOptions(this.form);
    if (target.matches(".ct-intended-use") && target.value) this.save(this.chosen, { intended_use: target.value });
    if (target.matches(".ct-hold")) this.save(this.chosen, { frame_in: 0, frame_out: Math.max(1, Math.round(Number(target.value) || 1)) - 1 });
  }
}

export function start(element) {
  const root = element.querySelector(".ct-selects");
  return startPage(root, (person) => new SelectsPage(root, person));
}
