// The briefs with their takes, the newest first. What has not changed is not drawn anew: a button that is drawn anew under
// the pointer loses its click, and a clip would begin again.
import { t, tn } from "../language.js";
import { STATES } from "../names.js";
import { make } from "../review/dom.js";
import { doneWords, placeWords, shapeWords, shareOf, sourceWords, timeWords } from "./words.js";

const WAITING = ["queued", "leased"];

function pictureOf({ id, state, progress, error, media }, kind) {
  if (state === "failed") return make("div", "ct-wait", error || STATES.failed);
  if (state !== "done") {
    const bar = make("div", "ct-progress", make("i", ""));
    bar.firstChild.style.width = `${Math.round(100 * progress)}%`;
    return make("div", "ct-wait", STATES[state], bar);
  }
  if (kind === "clip") return make("div", "ct-clip", Object.assign(make("video", ""), { src: media, muted: true, loop: true, controls: true, preload: "metadata" }));
  const link = Object.assign(make("a", ""), { href: `/take?take=${id}` });
  link.append(Object.assign(new Image(), { src: media, alt: t("Open the take"), loading: "lazy" }));
  return link;
}

class TakeTiles {
  tiles = new Map();   // take -> {drawn, element}

  constructor(grid) { this.grid = grid; }

  update(takes, kind) {
    const elements = takes.map((take) => this.tile(take, kind));
    if (elements.some((element, k) => this.grid.children[k] !== element) || this.grid.children.length !== elements.length) this.grid.replaceChildren(...elements);
  }

  tile(take, kind) {
    const drawn = JSON.stringify(take), known = this.tiles.get(take.id) ?? { element: make("div", "ct-take") };
    if (known.drawn !== drawn) known.element.replaceChildren(pictureOf(take, kind), ...(take.rewritten ? [make("small", "ct-rewritten", t("rewritten"))] : []));
    this.tiles.set(take.id, { ...known, drawn });
    return known.element;
  }
}

function actButton(act, text, brief, title) {
  const button = Object.assign(make("button", "ct-small", text), { type: "button", title });
  Object.assign(button.dataset, { act, brief: brief.id });
  return button;
}

class BriefElement {
  constructor(brief) {
    this.prompt = make("p", "ct-prompt", brief.prompt);
    this.facts = make("p", "ct-quiet");
    this.status = make("span", "ct-queue-place");
    this.bar = make("div", "ct-progress", make("i", ""));
    this.cancel = actButton("cancel", t("Cancel"), brief, t("Takes that are drawn by now stay"));
    this.retry = actButton("retry", "", brief, t("Queues what failed again, with the same seeds"));
    const again = actButton("duplicate", t("Duplicate"), brief, t("Fills the form with this brief"));
    const edit = actButton("edit", t("Edit"), brief, t("Queues another brief in its place"));
    this.cancel.setAttribute("aria-label", t("Cancel brief {id}", brief));
    again.setAttribute("aria-label", t("Duplicate brief {id}", brief));
    edit.setAttribute("aria-label", t("Edit brief {id}", brief));
    const grid = make("div", "ct-grid");
    this.tiles = new TakeTiles(grid);
    this.edit = edit;
    this.element = make("article", "ct-brief", this.prompt, this.facts, make("div", "ct-brief-actions", this.status, this.cancel, this.retry, edit, again), this.bar, grid);
    this.element.setAttribute("aria-label", t("Brief {id}", brief));
    this.element.dataset.id = brief.id;
  }

  update(brief) {
    const { id, project, shot, author, takes, based_on: origin, may_change: mayChange } = brief;
    const failed = takes.filter(({ state }) => state === "failed").length, isWaiting = takes.some(({ state }) => WAITING.includes(state));
    const from = [...(origin ? [t("from brief {id}", { id: origin })] : []), ...(brief.source ? [sourceWords(brief.source)] : [])];
    setText(this.facts, [`${project}/${shot}`, shapeWords(brief), author, t("brief {id}", { id }), ...from, doneWords(brief)].join(" · "));
    setText(this.status, [placeWords(brief), timeWords(brief.seconds)].filter(Boolean).join(" · "));
    setText(this.retry, tn("Draw {n} failed again", "Draw {n} failed again", failed));
    this.cancel.hidden = !(mayChange && isWaiting);
    this.edit.hidden = !mayChange;
    this.retry.hidden = !(mayChange && failed);
    this.bar.hidden = !isWaiting;
    this.bar.firstChild.style.width = `${Math.round(100 * shareOf(brief))}%`;
    this.tiles.update(takes, brief.kind);
  }
}

function setText(element, words) {
  if (element.textContent !== words) element.textContent = words;
}

export class BriefList {
  elements = new Map();   // brief -> BriefElement
  briefs = new Map();

  constructor(root) { this.root = root; }

  show(briefs) {
    const listed = briefs.filter(({ takes, cancelled }) => takes.length || cancelled);
    const shown = listed.map((brief) => this.element(brief));
    if (shown.some((element, k) => this.root.children[k] !== element) || this.root.children.length !== shown.length) this.root.replaceChildren(...shown);
    this.briefs = new Map(listed.map((brief) => [brief.id, brief]));
  }

  element(brief) {
    if (!this.elements.has(brief.id)) this.elements.set(brief.id, new BriefElement(brief));
    const known = this.elements.get(brief.id);
    known.update(brief);
    return known.element;
  }
}
