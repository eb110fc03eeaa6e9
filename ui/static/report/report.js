// The morning report: of the day, and of the project, that the address names.
import { addressOf, getJson, getText } from "../api.js";
import { t } from "../language.js";
import { readScope } from "../scope.js";

class ReportPage {
  constructor(root) {
    this.root = root;
    [this.line, this.body, this.form, this.files] = [".ct-line", ".ct-report-body", "form", ".ct-report-files"].map((name) => root.querySelector(name));
    this.form.addEventListener("change", () => this.choose());
    this.form.addEventListener("submit", (event) => { event.preventDefault(); this.choose(); });
  }

  get query() {
    return { date: this.form.elements.date.value, project: this.form.elements.project.value };
  }

  async begin() {
    const { project = "" } = readScope();
    this.form.elements.date.value = new URLSearchParams(location.search).get("date") ?? "";
    const projects = await getJson("/api/projects").catch(() => []);
    this.form.elements.project.append(...projects.map(({ code }) => new Option(code, code)));
    this.form.elements.project.value = projects.some(({ code }) => code === project) ? project : "";
    await this.load();
  }

  // What is typed of a date is none until it is whole.
  async choose() {
    if (!this.form.elements.date.validity.valid) return;
    history.replaceState(history.state, "", addressOf(location.pathname, this.query));
    await this.load();
  }

  async load() {
    const loading = (this.loading = {});
    this.line.textContent = t("Loading");
    const text = await getText("/api/report", { ...this.query, format: "page" }).catch((error) => { this.refuse(error, loading); });
    if (text === undefined || this.loading !== loading) return;
    const shown = new DOMParser().parseFromString(text, "text/html").body;
    this.body.replaceChildren(...shown.childNodes);
    this.line.textContent = "";
    this.body.hidden = this.files.hidden = false;
    this.link(this.body.querySelector("article").dataset);
  }

  refuse(error, loading) {
    if (this.loading !== loading) return;
    this.line.textContent = error.message;
    this.body.hidden = this.files.hidden = true;
  }

  // The days beside the one that is shown, and its files.
  link(days) {
    this.form.elements.date.value = days.date;
    for (const link of this.form.querySelectorAll("[data-day]")) link.href = addressOf(location.pathname, { ...this.query, date: days[link.dataset.day] });
    for (const link of this.files.querySelectorAll("a")) link.href = addressOf("/api/report", { ...this.query, format: link.dataset.format });
  }
}

export const start = (element) => new ReportPage(element.querySelector(".ct-report")).begin();
