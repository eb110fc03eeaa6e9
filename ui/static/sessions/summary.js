// What the person chose in what the address names, how far others agree, how consistent they are, and what is next.
import { count, t, tn } from "../language.js";
import { getJson } from "../api.js";
import { figure, pairItem, shareWords } from "../figures.js";
import { make } from "../review/dom.js";
import { readScope } from "../scope.js";

const SAID = { left: t("left is better"), right: t("right is better"), tie: t("tie"), both_bad: t("both bad") };

function titleOf({ session, shot, project }) {
  const where = session ?? shot ?? project;
  return where ? t("What you chose in {place}", { place: where }) : t("What you chose");
}

function showFigures(list, { progress, chosen, ties, both_bad: bothBad, agreement, consistency }) {
  list.replaceChildren(
    figure(t("Judged"), t("{judged} of {total}", { judged: count(progress.judged), total: count(progress.total) })),
    figure(t("For one side"), count(chosen)), figure(t("Ties"), count(ties)), figure(t("Both bad"), count(bothBad)),
    figure(t("Others say the same"), shareWords(agreement)),
    figure(t("Checks answered as before"), shareWords(consistency)),
  );
}

function nextLink({ label, address, left }) {
  const text = label ? tn("Go on with {label}: {n} pair left", "Go on with {label}: {n} pairs left", left, { label })
    : tn("Go on with all takes: {n} pair left", "Go on with all takes: {n} pairs left", left);
  return Object.assign(make("a", "ct-do", text), { href: address });
}

function showNext(nav, { progress, next }, scope) {
  const left = progress.total - progress.judged, isHere = left && !progress.session?.closed && Object.keys(scope).length;
  const here = isHere ? [{ label: scope.session ?? scope.shot ?? scope.project, address: `/?${new URLSearchParams(scope)}`, left }] : [];
  nav.replaceChildren(...[...here, ...next].map(nextLink));
}

class SummaryPage {
  before = null;

  constructor(root) {
    this.root = root;
    this.scope = readScope();
    this.more = root.querySelector(".ct-more");
    this.more.addEventListener("click", () => this.load());
    root.querySelector("h1").textContent = titleOf(this.scope);
  }

  async load() {
    const line = this.root.querySelector(".ct-line");
    try {
      const summary = await getJson("/api/summary", { ...this.scope, before: this.before });
      this.show(summary);
      line.textContent = summary.progress.judged ? "" : t("You have judged nothing here yet.");
    } catch (error) {
      line.textContent = error.message;
    }
  }

  show(summary) {
    const list = this.root.querySelector(".ct-choices");
    if (!this.before) showFigures(this.root.querySelector(".ct-figures"), summary);
    showNext(this.root.querySelector(".ct-next"), summary, this.scope);
    list.append(...summary.choices.map((choice) => pairItem(choice, [SAID[choice.verdict]], choice.verdict)));
    this.before = summary.before;
    this.more.hidden = !summary.before;
  }
}

export const start = (element) => new SummaryPage(element.querySelector(".ct-summary")).load();
