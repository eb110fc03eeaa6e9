// The Projects page: projects with their shots in the order of the cut, changed in place, added and archived.
import { getJson } from "../api.js";
import { t } from "../language.js";
import { openedFor } from "../person.js";
import { make } from "../review/dom.js";
import { call } from "../rows.js";
import { EditSettings } from "./edit.js";
import { changeOf, RATES, shotsWords, textOf } from "./fields.js";

// Of a field of a project or a shot: its name with the code, and what is said when it is kept.
const LABELS = { title: t("Title of {code}"), fps: t("Frame rate of {code}"), sequence: t("Sequence of {code}"), position: t("Position of {code}") };
const SAVED = { title: t("Title of {code} is saved."), fps: t("Frame rate of {code} is saved."), sequence: t("Sequence of {code} is saved."), position: t("Position of {code} is saved.") };
const encode = encodeURIComponent;

class ProjectsPage {
  projects = [];
  shots = [];
  code = new URLSearchParams(location.search).get("project");

  constructor(root, isSupervisor) {
    Object.assign(this, { root, isSupervisor });
    this.line = root.querySelector(".ct-line");
    this.table = root.querySelector("table");
    this.archived = root.querySelector("[name=archived]");
    this.edit = new EditSettings(root.querySelector(".ct-edit-settings"), (words, isRefusal) => this.say(words, isRefusal));
    root.querySelector("#ct-rates").replaceChildren(...RATES.map((rate) => new Option(rate)));
    root.querySelectorAll(".ct-supervising").forEach((part) => { part.hidden = !isSupervisor; });
    this.archived.addEventListener("change", () => this.load());
    root.querySelector(".ct-add-project").addEventListener("submit", (event) => this.addProject(event));
    root.querySelector(".ct-add-shot").addEventListener("submit", (event) => this.addShot(event));
    root.addEventListener("change", (event) => this.onChange(event.target));
    root.addEventListener("keydown", (event) => this.onKey(event));
    root.addEventListener("click", (event) => this.onClick(event));
  }

  async load() {
    try {
      this.projects = await getJson("/api/projects", this.isSupervisor && this.archived.checked ? { archived: true } : {});
      if (!this.project) this.code = this.projects[0]?.code ?? null;
      await this.loadShots();
    } catch (error) {
      this.say(error.message, true);
    }
  }

  get project() { return this.projects.find(({ code }) => code === this.code); }

  // An archived project shows no shots: it is brought back first.
  async loadShots() {
    const withArchived = this.isSupervisor && this.archived.checked ? { archived: true } : {};
    this.shots = this.project && !this.project.archived ? await getJson("/api/shots", { project: this.code, ...withArchived }) : [];
    this.draw();
  }

  draw() {
    const { project } = this;
    this.root.querySelector(".ct-project-list").replaceChildren(...this.projects.map((each) => this.link(each)));
    this.root.querySelector(".ct-project").hidden = !project;
    this.root.querySelector(".ct-none").hidden = Boolean(project);
    this.edit.show(project ?? null, Boolean(this.isSupervisor && project && !project.archived));
    if (!project) return;
    this.root.querySelector(".ct-project-head").replaceChildren(...this.head(project));
    this.root.querySelector(".ct-add-shot").hidden = Boolean(project.archived);
    this.table.hidden = !this.shots.length;
    this.root.querySelector(".ct-no-shots").hidden = Boolean(this.shots.length || project.archived);
    this.table.tBodies[0].replaceChildren(...this.shots.map((shot) => this.row(shot)));
  }

  link(project) {
    const link = Object.assign(make("a", project.archived ? "ct-archived" : "", make("b", "", project.code), make("span", "", project.title)), { href: `/projects?project=${encode(project.code)}` });
    link.dataset.code = project.code;
    if (project.code === this.code) link.setAttribute("aria-current", "true");
    return make("li", "", link);
  }

  head(project) {
    const where = { kind: "project", key: project.code, row: project };
    const title = make("h2", "", project.code), count = make("span", "ct-quiet", project.archived ? t("archived") : shotsWords(this.shots.length));
    return [title, labelled(t("Title"), this.field(where, "title")), labelled(t("Frame rate"), this.field(where, "fps")), count, ...this.archiveButtons(where)];
  }

  row(shot) {
    const where = { kind: "shot", key: shot.id, row: shot }, place = `${shot.project_code}/${shot.code}`;
    const code = make("th", "", shot.code);
    code.scope = "row";
    const cells = ["title", "sequence", "position", "fps"].map((name) => make("td", `ct-${name}-cell`, this.field(where, name, withCode(LABELS[name], shot))));
    const links = shot.archived ? [make("span", "ct-quiet", t("archived"))] : [
      linkTo(t("Board"), `/board?project=${encode(shot.project_code)}&shot=${encode(shot.code)}`, t("Board of {code}", shot)),
      linkTo(t("Brief"), `/briefs?shot=${encode(place)}`, t("Write a brief for {code}", shot))];
    return make("tr", shot.archived ? "ct-archived" : "", code, ...cells, make("td", "ct-links", ...links, ...this.archiveButtons(where)));
  }

  // Text for whoever may not change it.
  field(where, name, label) {
    const text = textOf(where.row, name);
    if (!this.isSupervisor || where.row.archived) return document.createTextNode(text);
    const input = Object.assign(make("input", ""), { name, value: text, autocomplete: "off", spellcheck: false, maxLength: name === "title" ? 200 : 64 });
    if (label) input.setAttribute("aria-label", label);
    if (name === "fps") input.setAttribute("list", "ct-rates");
    if (name === "position") Object.assign(input, { inputMode: "numeric", placeholder: t("by code") });
    Object.assign(input.dataset, { kind: where.kind, key: where.key });
    return input;
  }

  archiveButtons({ kind, key, row }) {
    if (!this.isSupervisor) return [];
    const button = Object.assign(make("button", "ct-small", row.archived ? t("Bring back") : t("Archive")), { type: "button" });
    Object.assign(button.dataset, { kind, key, act: row.archived ? "unarchive" : "archive" });
    button.setAttribute("aria-label", row.archived ? t("Bring back: {code}", row) : t("Archive: {code}", row));
    return [button];
  }

  rowOf({ kind, key }) {
    return kind === "project" ? this.project : this.shots.find(({ id }) => id === Number(key));
  }

  patch({ kind, key }, body) {
    return call("PATCH", kind === "project" ? `/api/projects/${encode(key)}` : `/api/shots/${key}`, body);
  }

  async onChange(input) {
    const row = input.dataset.kind && this.rowOf(input.dataset), body = row && changeOf(row, input.name, input.value);
    if (!body) return;
    const { ok, body: changed, line } = await this.patch(input.dataset, body);
    input.toggleAttribute("aria-invalid", !ok);
    if (!ok) {
      input.setAttribute("aria-invalid", "true");
      return this.say(line, true);
    }
    Object.assign(row, changed);
    this.say(withCode(SAVED[input.name], row));
    // The order may be another one now, and a project's rate is that of its shots too; what has the focus keeps it.
    if (input.name !== "title") await this.loadShots();
    else if (input.dataset.kind === "project") this.root.querySelector(`a[data-code="${CSS.escape(row.code)}"] span`).textContent = row.title;
    this.focusAgain(input);
  }

  focusAgain({ name, dataset: { kind, key } }) {
    if (document.activeElement !== document.body) return;
    this.root.querySelector(`input[name=${name}][data-kind=${kind}][data-key="${CSS.escape(key)}"]`)?.focus();
  }

  // Escape takes back what was typed.
  onKey({ key, target }) {
    const row = target.dataset?.kind && target.tagName === "INPUT" && this.rowOf(target.dataset);
    if (!row) return;
    if (key === "Enter") this.onChange(target);
    if (key !== "Escape") return;
    target.value = textOf(row, target.name);
    target.removeAttribute("aria-invalid");
    this.say("");
  }

  onClick(event) {
    const link = event.target.closest("a[data-code]"), { act, ...where } = event.target.closest("button[data-act]")?.dataset ?? {};
    if (link && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
      event.preventDefault();
      this.code = link.dataset.code;
      history.replaceState(null, "", link.href);
      this.loadShots().catch((error) => this.say(error.message, true));
    }
    if (act) this.archive(where, act === "archive");
  }

  async archive(where, isArchived) {
    const { code } = this.rowOf(where);
    if (isArchived && !confirm(t("Archive {code}? It leaves lists, boards, judging and the queue. Nothing is deleted, and it can be brought back.", { code }))) return;
    const { ok, line } = await this.patch(where, { archived: isArchived });
    if (!ok) return this.say(line, true);
    await this.load();
    this.say(isArchived ? t("{code} is archived.", { code }) : t("{code} is there again.", { code }));
  }

  async addProject(event) {
    event.preventDefault();
    const body = given(event.target), { ok, line } = await call("POST", "/api/projects", body);
    if (!ok) return this.say(line, true);
    event.target.reset();
    this.code = body.code;
    await this.load();
    this.say(t("{code} is made. Its members are added on the People page.", body));
  }

  async addShot(event) {
    event.preventDefault();
    const form = event.target, body = { project: this.code, ...given(form) };
    const { ok, line } = await call("POST", "/api/shots", body);
    if (!ok) return this.say(line, true);
    form.reset();
    await this.loadShots();
    this.say(t("{code} is added.", body));
    form.elements.code.focus();
  }

  say(words, isRefusal = false) {
    this.line.textContent = words;
    this.line.classList.toggle("ct-refused", isRefusal);
  }
}

const withCode = (text, { code }) => text.replace("{code}", () => code);
const labelled = (label, ...children) => make("label", "", label, ...children);

function linkTo(text, href, label) {
  const link = Object.assign(make("a", "ct-link", text), { href });
  link.setAttribute("aria-label", label);
  return link;
}

const given = (form) => Object.fromEntries([...new FormData(form)].map(([name, value]) => [name, value.trim()]).filter(([, value]) => value));

export async function start(element) {
  const { role } = await openedFor().catch(() => ({ role: "creative" }));
  await new ProjectsPage(element.querySelector(".ct-projects"), role !== "creative").load();
}
