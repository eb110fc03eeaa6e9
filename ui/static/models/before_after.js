// Before and after: prompts drawn by a version and, with the same seeds, by the one that it was tuned from.
import { getJson } from "../api.js";
import { t } from "../language.js";
import { make } from "../review/dom.js";

const ANCHOR = /^#before-after(?:=(.+))?$/;

function picture({ kind, prompt, width, height }, address, name) {
  const options = { src: address, width, height };
  const shown = kind === "clip"
    ? Object.assign(document.createElement("video"), { ...options, muted: true, loop: true, controls: true, playsInline: true })
    : Object.assign(new Image(), { ...options, alt: `${name}: ${prompt}`, loading: "lazy" });
  if (kind === "clip") shown.setAttribute("aria-label", `${name}: ${prompt}`);
  return make("figure", "", shown, make("figcaption", "", name));
}

const pair = (comparison) => make("li", "",
  make("div", "ct-two", picture(comparison, comparison.before, t("before")), picture(comparison, comparison.after, t("after"))),
  make("p", "", comparison.prompt));

class BeforeAfterPanel {
  constructor(root) {
    this.root = root;
    [this.heading, this.line, this.list] = ["h2", ".ct-quiet", "ul"].map((name) => root.querySelector(name));
    root.querySelector("button").addEventListener("click", () => { location.hash = ""; });
  }

  async follow() {
    const anchor = ANCHOR.exec(location.hash);
    this.root.hidden = !anchor;
    if (!anchor) return;
    const version = anchor[1] ? decodeURIComponent(anchor[1]) : await newestDrawn();
    if (version) await this.show(version).catch((error) => this.refuse(error.message));
    else this.refuse(t("Nothing was drawn before and after yet: a night draws it with its new version."));
    this.root.scrollIntoView({ block: "start" });
  }

  async show(version) {
    const drawn = await getJson(`/api/versions/${encodeURIComponent(version)}/before-after`);
    this.heading.textContent = t("Before and after: {reference} and {version}", { reference: drawn.reference, version });
    this.line.textContent = t("The same prompts and seeds. They are no takes, and play no trial. Seen by {names}.", { names: drawn.seen_by.join(", ") });
    this.list.replaceChildren(...drawn.comparisons.map(pair));
  }

  refuse(text) {
    this.heading.textContent = t("Before and after");
    this.line.textContent = text;
    this.list.replaceChildren();
  }
}

async function newestDrawn() {
  const versions = await getJson("/api/versions").catch(() => []);
  return versions.filter((version) => version.before_after).at(-1)?.name ?? "";
}

export function start(element) {
  const panel = new BeforeAfterPanel(element.querySelector(".ct-before-after"));
  window.addEventListener("hashchange", () => panel.follow());
  panel.follow();
}
