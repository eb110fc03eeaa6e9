// The ledger of the version that the address names: production's, where it names none.
import { addressOf, getJson, getText } from "../api.js";
import { t } from "../language.js";

class LedgerPage {
  constructor(root) {
    this.root = root;
    [this.line, this.body, this.form, this.files] = [".ct-line", ".ct-report-body", "form", ".ct-report-files"].map((name) => root.querySelector(name));
    this.form.addEventListener("change", () => this.choose());
    this.form.addEventListener("submit", (event) => event.preventDefault());
  }

  get version() {
    return this.form.elements.version.value;
  }

  async begin() {
    const versions = await getJson("/api/versions").catch((error) => { this.line.textContent = error.message; });
    if (!versions) return;
    const named = new URLSearchParams(location.search).get("version");
    this.form.elements.version.append(...versions.map(({ name }) => new Option(name, name)).reverse());
    this.form.elements.version.value = named ?? versions.find(({ state }) => state === "production")?.name ?? versions.at(-1).name;
    if (!this.version) this.line.textContent = t("there is no version {version}", { version: named });
    else await this.load();
  }

  async choose() {
    history.replaceState(history.state, "", addressOf(location.pathname, { version: this.version }));
    await this.load();
  }

  async load() {
    const loading = (this.loading = {});
    const path = `/api/versions/${encodeURIComponent(this.version)}/ledger`;
    this.line.textContent = t("Loading");
    const text = await getText(path, { format: "page" }).catch((error) => { this.refuse(error, loading); });
    if (text === undefined || this.loading !== loading) return;
    this.body.replaceChildren(...new DOMParser().parseFromString(text, "text/html").body.childNodes);
    this.line.textContent = "";
    this.body.hidden = this.files.hidden = false;
    for (const link of this.files.querySelectorAll("a")) link.href = addressOf(path, { format: link.dataset.format });
  }

  refuse(error, loading) {
    if (this.loading !== loading) return;
    this.line.textContent = error.message;
    this.body.hidden = this.files.hidden = true;
  }
}

export const start = (element) => new LedgerPage(element.querySelector(".ct-ledger")).begin();
