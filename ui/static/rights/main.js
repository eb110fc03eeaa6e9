// The page Rights: what is missing today, what ends soon, who allowed what, and forms to record and to end it.
import { day, t } from "../language.js";
import { openedFor } from "../person.js";
import { make } from "../review/dom.js";
import { call, say } from "../rows.js";
import { EndingDialog } from "./ending.js";
import { FileForm, RightsForm } from "./forms.js";
import { endingRows, licenceRows, peopleRows, waitingRows } from "./tables.js";
import { followsOf, plateRulesOf } from "./words.js";

const RECORDED = {
  people: ({ name, briefs }) => (briefs ? t("{name} is recorded. Briefs that name them already: {briefs}.", { name, briefs }) : t("{name} is recorded.", { name })),
  consents: ({ id, person }) => t("Consent {id} of {person} is recorded.", { id, person }),
  licences: ({ name }) => t("The licence {name} is recorded.", { name }),
  files: ({ licence }) => t("The file is under the licence {licence}.", { licence }),
};

class RightsPage {
  constructor(root) {
    this.root = root;
    this.dialog = new EndingDialog(root.querySelector("dialog"));
    this.forms = Object.fromEntries([...root.querySelectorAll("form[data-form]")].map((form) => [form.dataset.form, new (form.dataset.form === "files" ? FileForm : RightsForm)(form, (what, body) => this.recorded(what, body))]));
  }

  async draw() {
    const { ok, body, line } = await call("GET", "/api/rights");
    if (!ok) { say(this.root, line, true); return; }
    this.root.querySelector(".ct-rights-body").hidden = false;
    this.root.querySelector(".ct-days").textContent = t("Days begin at midnight in {zone}, where it is {day}.", { zone: body.time_zone, day: day(body.today) });
    this.list("waiting", waitingRows(body.waiting, { consent: ({ name, subject }) => this.forms.consents.begin({ person: name, subject }), plate: ({ name }) => this.forms.files.begin({ media: name }) }));
    this.root.querySelector(".ct-plate-rules").textContent = plateRulesOf(body.plates);
    this.list("ending", endingRows(body.ending));
    this.list("people", peopleRows(body.people, body.today, { revoke: (consent, person) => this.revoke(consent, person) }));
    this.list("licences", licenceRows(body.licences, body.today, { end: (licence) => this.end(licence) }));
    this.options("ct-rights-people", body.people.map(({ name }) => name));
    this.options("ct-rights-projects", body.projects);
    this.options("ct-rights-licences", body.licences.filter(({ ended }) => !ended).map(({ name }) => name));
  }

  // Each cell knows its column, which is named beside it where there is no room for columns.
  list(name, rows) {
    const table = this.root.querySelector(`[data-list=${name}]`), labels = [...table.querySelectorAll("th")].map((each) => (each.firstElementChild ? "" : each.textContent));
    for (const row of rows) [...row.cells].forEach((each, k) => { if (each.colSpan === 1) each.dataset.label = labels[k]; });
    table.querySelector("tbody").replaceChildren(...rows);
  }

  options(id, values) { this.root.querySelector(`#${id}`).replaceChildren(...values.map((value) => Object.assign(make("option", ""), { value }))); }

  async recorded(what, body) {
    await this.draw();
    say(this.root, RECORDED[what](body));
  }

  async revoke({ id }, { name }) {
    const made = await this.dialog.ask(t("Revoke consent {id} of {name}", { id, name }), t("Revoke"), `/api/rights/consents/${id}`, "revoke");
    await this.ended(made, t("Consent {id} of {name} holds no longer.", { id, name }));
  }

  async end({ id, name }) {
    const made = await this.dialog.ask(t("End the licence {name}", { name }), t("End"), `/api/rights/licences/${id}`, "end");
    await this.ended(made, t("The licence {name} holds no longer.", { name }));
  }

  async ended(made, line) {
    if (!made) return;
    await this.draw();
    say(this.root, [line, followsOf(made)].filter(Boolean).join(" "));
    this.root.querySelector(".ct-line").scrollIntoView({ block: "center" });
  }
}

export async function start(element) {
  const page = new RightsPage(element.querySelector(".ct-rights"));
  await openedFor().catch(() => null);
  await page.draw();
}
