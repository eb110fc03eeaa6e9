// Review sessions: their links, how far one is, for supervisors how far everybody is, and a form that makes one.
import { count as written, day, t, tn } from "../language.js";
import { getJson, postJson } from "../api.js";
import { openedFor } from "../person.js";
import { make } from "../review/dom.js";
import { rowHead } from "../figures.js";

const PAUSE = 300;   // ms after the last key, before the takes are counted
const split = (text) => text.split(",").map((part) => part.trim()).filter(Boolean);

// The form's values as POST /api/review-sessions takes them; without what is empty.
export function bodyOf(form) {
  const values = Object.fromEntries(["name", "project", "text", "version", "since", "until", "kind"].map((name) => [name, form.get(name)?.trim()]));
  const lists = { shots: split(form.get("shots")), people: split(form.get("people")), takes: split(form.get("takes")).map(Number), statuses: form.getAll("statuses") };
  const given = Object.entries(values).filter(([, value]) => value);
  return { ...Object.fromEntries(given), ...Object.fromEntries(Object.entries(lists).filter(([, list]) => list.length)) };
}

function bar(judged, pairs) {
  const share = make("i", "");
  share.style.width = `${pairs ? (100 * judged) / pairs : 0}%`;
  return make("div", "ct-progress", share);
}

const soFar = (judged, pairs) => (pairs ? t("{judged} of {total}", { judged: written(judged), total: written(pairs) }) : t("no pairs: each brief needs two takes"));

class SessionsPage {
  constructor(root, isSupervisor) {
    this.root = root;
    this.isSupervisor = isSupervisor;
    this.form = root.querySelector("form");
    this.line = root.querySelector(":scope > .ct-line");
    if (!isSupervisor) root.querySelectorAll(".ct-for-supervisors").forEach((cell) => cell.remove());
    this.form.addEventListener("submit", (event) => this.make(event));
    this.form.addEventListener("input", (event) => this.onInput(event));
    root.querySelector("tbody").addEventListener("click", (event) => this.onClick(event));
  }

  async begin() {
    await this.load();
    if (!this.isSupervisor) return;
    const projects = await getJson("/api/projects").catch(() => []);
    this.form.elements.project.replaceChildren(...projects.map(({ code }) => new Option(code, code)));
    this.form.hidden = !projects.length;
    this.offerShots();
    this.count();
  }

  async load() {
    try {
      this.draw(await getJson("/api/review-sessions"));
      this.line.textContent = "";
    } catch (error) {
      this.line.textContent = error.message;
    }
  }

  draw(sessions) {
    const table = this.root.querySelector(".ct-table");
    table.hidden = !sessions.length;
    table.querySelector("tbody").replaceChildren(...sessions.map((session) => this.row(session)));
    if (!sessions.length) this.root.querySelector("p").textContent = this.isSupervisor ? t("There are no review sessions yet.") : t("There are no review sessions yet. A supervisor makes one.");
  }

  row(session) {
    const { name, project, made_by: maker, created, closed, takes, pairs, judged, address, people } = session;
    const link = closed ? make("b", "", name) : Object.assign(make("a", "ct-link", name), { href: address });
    const when = [project, maker, day(created), ...(closed ? [t("closed {day}", { day: day(closed) })] : [])].join(" · ");
    const chose = Object.assign(make("a", "ct-link", t("What you chose")), { href: address.replace("/?", "/summary?") });
    const own = make("td", "", soFar(judged, pairs), ...(pairs ? [bar(judged, pairs)] : []), ...(judged ? [chose] : []));
    const row = make("tr", closed ? "ct-closed" : "", rowHead(link, make("div", "ct-quiet", when)), make("td", "", written(takes)), own);
    if (this.isSupervisor) row.append(this.everybody(people, pairs), this.actions(session));
    return row;
  }

  everybody(people, pairs) {
    const rows = people.map(({ name, judged }) => make("li", "", make("span", "", name), make("span", "", soFar(judged, pairs)), bar(judged, pairs)));
    return make("td", "", rows.length ? make("ul", "ct-people", ...rows) : make("span", "ct-quiet", t("nobody yet")));
  }

  actions({ name, project, closed, address }) {
    const buttons = closed ? [] : [[t("Copy link"), "copy", address], [t("Close"), "close", project]].map(([text, act, value]) => {
      const button = make("button", "ct-small", text);
      Object.assign(button, { type: "button" });
      Object.assign(button.dataset, { act, value, name });
      button.setAttribute("aria-label", `${text}: ${name}`);
      return button;
    });
    return make("td", "", ...buttons);
  }

  async onClick(event) {
    const { act, value, name } = event.target.closest("button")?.dataset ?? {};
    if (act === "copy") return this.copy(new URL(value, location.href).href);
    if (act !== "close" || !confirm(t("Close {name}? It is dealt no more. What was judged stays.", { name }))) return;
    await this.does(() => postJson("/api/review-sessions/close", { project: value, name }), t("{name} is closed.", { name }));
  }

  // Where a page may not write to the clipboard, as on plain http, the link is shown to be copied.
  async copy(address) {
    const isCopied = await Promise.resolve().then(() => navigator.clipboard.writeText(address)).then(() => true, () => false);
    this.line.textContent = isCopied ? t("Copied: {address}", { address }) : address;
  }

  async make(event) {
    event.preventDefault();
    const body = bodyOf(new FormData(this.form));
    const isMade = await this.does(() => postJson("/api/review-sessions", body), t("{name} is made; its link is in the table.", body));
    if (isMade) this.form.elements.name.value = "";
  }

  async does(work, words) {
    try {
      await work();
      await this.load();
      this.line.textContent = words;
      return true;
    } catch (error) {
      this.line.textContent = error.message;
      return false;
    }
  }

  onInput(event) {
    if (event.target.name === "project") this.offerShots();
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.count(), PAUSE);
  }

  async offerShots() {
    const shots = await getJson("/api/shots", { project: this.form.elements.project.value }).catch(() => []);
    this.root.querySelector("datalist").replaceChildren(...shots.map(({ code }) => new Option(code)));
  }

  async count() {
    const counting = (this.counting = {});
    const words = await postJson("/api/review-sessions", { ...bodyOf(new FormData(this.form)), dry_run: true })
      .then(({ takes }) => tn("{n} take", "{n} takes", takes), (error) => error.message);
    if (this.counting === counting) this.root.querySelector(".ct-number").textContent = words;
  }
}

export async function start(element) {
  const { role } = await openedFor().catch(() => ({ role: "creative" }));
  await new SessionsPage(element.querySelector(".ct-sessions"), role !== "creative").begin();
}
