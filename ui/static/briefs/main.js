// The Briefs page: a form that is checked while one types, and the briefs that are queued and drawn.
import { getJson } from "../api.js";
import { t, tn } from "../language.js";
import { lookWhoIsSignedIn, named, openedFor } from "../person.js";
import { marksOf } from "../mask/marks.js";
import { Store } from "../review/store.js";
import { call } from "../rows.js";
import { sourceOf } from "./chooser.js";
import { BriefForm } from "./form.js";
import { BriefList } from "./list.js";
import { Comparisons } from "./rewriting.js";
import { totalWords } from "./words.js";

const SOON = 1000, LATER = 4000;   // ms between two requests, while something is drawn and otherwise
const MOST_SHOTS = 2000;           // in the menu of the form

class BriefsPage {
  pages = [""];   // what was asked for: the newest, and older ones by the brief that they come before
  states = new Map();
  lists = new Map();
  isMine = false;

  constructor(root, me) {
    this.root = root;
    this.me = me;
    this.line = root.querySelector(".ct-list-line");
    this.totals = root.querySelector(".ct-totals");
    this.more = root.querySelector(".ct-more");
    this.list = new BriefList(root.querySelector(".ct-briefs-list"));
    const server = { check: (body) => call("POST", "/api/briefs/check", body), queue: queueBrief, propose: (body) => call("POST", "/api/briefs/rewrites/propose", body) };
    this.store = new Store(me.name);
    this.form = new BriefForm(root.querySelector(".ct-write"), server, this.store);
    this.comparisons = new Comparisons(root.querySelector(".ct-comparisons"), (state) => this.form.rewriting.tell(state), () => this.look());
    root.addEventListener("circletake:queued", () => { this.look(); this.offerShots(); }, true);
    root.querySelector(".ct-queue").addEventListener("click", (event) => this.onClick(event));
    this.more.addEventListener("click", () => this.showOlder());
    root.querySelectorAll(".ct-for-supervisors").forEach((button) => { button.hidden = me.role === "creative"; });
  }

  async begin() {
    try {
      const place = new URLSearchParams(location.search).get("shot") ?? "";
      const [offers] = await Promise.all([getJson("/api/briefs/form"), this.offerShots()]);
      this.form.begin(offers, place.includes("/") ? place : this.firstPlace(place));
      this.root.querySelector("form").hidden = false;
      await this.beginFromAddress();
    } catch (error) {
      this.form.tell(error.message, true);
    }
    this.goOn();
  }

  // ?take=, with ?note= whose region is the mask, ?item= of the library, or ?source= of a file. The draft goes on from there, so the address does not
  // begin it again.
  async beginFromAddress() {
    const query = new URLSearchParams(location.search), [take, note, source, item] = ["take", "note", "source", "item"].map((name) => query.get(name));
    if (!take && !source && !item) return;
    history.replaceState(null, "", location.pathname);
    if (item) return this.form.beginFrom(sourceOf(await getJson(`/api/library/items/${encodeURIComponent(item)}`)));
    if (source) return this.form.beginFrom(await fileNamed(source, this.form.source));
    const name = `mask for take ${take}`, painted = this.store.read(name, []);
    const [start, fix] = await Promise.all([getJson(`/api/briefs/from-take?take=${encodeURIComponent(take)}`), note ? noteOf(take, note) : {}]);
    await this.form.beginFrom(start, { words: fix.text ?? "", marks: [...marksOf(fix.region), ...painted] });
    this.store.write(name, null);
  }

  async offerShots() {
    const shots = await getJson("/api/shots").catch(() => []);
    this.form.shots = new Map(shots.map((shot) => [`${shot.project_code}/${shot.code}`, shot]));
    this.places = shots.map(({ project_code: project, code, title }) => ({ place: `${project}/${code}`, code, title }));
    const options = this.places.slice(0, MOST_SHOTS).map(({ place, title }) => Object.assign(new Option(title, place)));
    this.root.querySelector("datalist").replaceChildren(...options);
  }

  // Of the shot that the address names by its code alone; otherwise nothing, or the first there is where no draft is.
  firstPlace(code) {
    const named = this.places.find((each) => each.code === code)?.place;
    return named ?? (this.form.draft.read().place ? "" : (this.places[0]?.place ?? ""));
  }

  async goOn() {
    while (this.root.isConnected) {
      const isBusy = document.hidden ? false : await this.look();
      await new Promise((done) => { setTimeout(done, isBusy ? SOON : LATER); });
    }
  }

  // Whether something waits to be drawn.
  async look() {
    const answers = await Promise.all(this.pages.map((before) => this.read(before)));
    if (answers.some((answer) => !answer)) return true;
    this.comparisons.look();
    this.list.show(this.pages.flatMap((before) => this.lists.get(before) ?? []));
    const { totals, obstacle } = answers[0];
    this.totals.textContent = totalWords(totals);
    this.root.querySelector(".ct-obstacle").textContent = obstacle ? t("Takes wait: {why}", { why: obstacle }) : "";
    this.more.hidden = !answers.at(-1).more;
    this.root.querySelector(".ct-nothing").hidden = this.list.briefs.size > 0;
    return totals.waiting > 0;
  }

  // It names the person: whoever signs in instead, in another tab, is noticed here.
  async read(before) {
    const query = new URLSearchParams({ mine: this.isMine, ...(before ? { before } : {}), state: this.states.get(before) ?? "" });
    const answer = await fetch(`/api/briefs?${query}`, named({}, this.me.name)).catch(() => null);
    if (!answer?.ok) {
      if (answer?.status === 409) lookWhoIsSignedIn();
      this.say(answer ? "" : t("The server does not answer; what is shown may be old."));
      return null;
    }
    if (this.line.dataset.isOld) this.say("");
    const list = await answer.json();
    if (list.briefs) this.lists.set(before, list.briefs);
    this.states.set(before, list.state);
    return list;
  }

  showOlder() {
    const last = this.lists.get(this.pages.at(-1))?.at(-1);
    if (last) this.pages.push(String(last.id));
    this.look();
  }

  say(words, isOld = Boolean(words)) {
    this.line.textContent = words;
    if (isOld) this.line.dataset.isOld = "1"; else delete this.line.dataset.isOld;
  }

  onClick(event) {
    const button = event.target.closest("button"), { act, brief, of } = button?.dataset ?? {};
    const row = this.list.briefs.get(Number(brief));
    if (act === "duplicate" || act === "edit") return row && this.form.take(row, act === "edit");
    if (act === "whose") return this.choose(button);
    if (act) this.change(act, brief ? { brief: Number(brief) } : { all: of }, button);
  }

  choose(button) {
    this.isMine = button.value === "mine";
    button.parentElement.querySelectorAll("button").forEach((each) => each.setAttribute("aria-pressed", String(each === button)));
    Object.assign(this, { pages: [""], states: new Map(), lists: new Map() });
    this.look();
  }

  async change(act, body, button) {
    if (body.all && act === "cancel" && !confirm(body.all === "mine" ? t("Cancel all of your takes that are not drawn yet?") : t("Cancel all takes of everybody that are not drawn yet?"))) return;
    button.disabled = true;
    const { ok, body: outcome, line } = await call("POST", `/api/takes/${act}`, body);
    button.disabled = false;
    this.say(ok ? outcomeWords(act, outcome) : line, false);
    this.look();
  }
}

async function noteOf(take, id) {
  const { threads } = await getJson(`/api/notes?take=${encodeURIComponent(take)}`);
  const note = threads.flatMap((thread) => [thread, ...thread.replies]).find((each) => String(each.id) === id && !each.taken_back);
  if (!note) throw new Error(t("the note is not there any more: choose a part of the take by hand"));
  return note;
}

// A file of the studio's media, such as a frame of its library, by HASH.EXT.
async function fileNamed(name, fields) {
  const media = `/media/${encodeURIComponent(name)}`, { picture } = await fields.measure(media, name.endsWith(".mp4"));
  return { sha256: name.split(".")[0], media, width: picture.width, height: picture.height, is_clip: picture.frames !== 1 };
}

// With its files where it brings some.
async function queueBrief(body, files) {
  if (!Object.keys(files).length) return call("POST", "/api/briefs/queue", body);
  const sent = new FormData();
  sent.set("brief", JSON.stringify(body));
  for (const [name, file] of Object.entries(files)) sent.set(name, file);
  const answer = await fetch("/api/briefs/queue/files", { method: "POST", credentials: "same-origin", body: sent }).catch(() => null);
  if (!answer) return { ok: false, line: t("the server does not answer") };
  const content = await answer.json().catch(() => ({}));
  return { ok: answer.ok, body: content, line: content.error || t("the server answered {status}", answer) };
}

function outcomeWords(act, { cancelled, queued }) {
  if (act === "cancel") return tn("{n} take is cancelled.", "{n} takes are cancelled.", cancelled.length);
  return tn("{n} take is queued again.", "{n} takes are queued again.", queued.length);
}

export async function start(element) {
  const root = element.querySelector(".ct-briefs"), me = await openedFor().catch((error) => error);
  if (me instanceof Error) {
    root.querySelector(".ct-list-line").textContent = me.message;
    return;
  }
  await new BriefsPage(root, me).begin();
}
