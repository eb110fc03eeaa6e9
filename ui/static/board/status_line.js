// The line below the filters: how many takes, how many are selected, one status for them, how far it is, exports.
import { count, t, tn } from "../language.js";
import { make } from "../review/dom.js";

export const countText = (number) => tn("{n} take", "{n} takes", number);

// What is said of many that are being saved, or are.
export function progressText({ done, of, refused }) {
  const [why] = refused.values();
  const lost = refused.size ? [t("{number} not saved: {why}", { number: count(refused.size), why })] : [];
  const saved = done < of ? t("Saving {done} of {all}", { done: count(done), all: count(of) }) : t("Saved {number}", { number: count(of - refused.size) });
  return [saved, ...lost].join("; ");
}

export class StatusLine {
  constructor(root, { onStatus, onAll, onNone, onUndo }) {
    this.part = (name) => root.querySelector(`.ct-${name}`);
    this.exports = root.querySelector("template.ct-exports");
    this.bulk = this.part("bulk");
    this.bulk.addEventListener("click", ({ target }) => {
      const { status, act } = target.closest("button")?.dataset ?? {};
      if (status) onStatus(status);
      if (act === "none") onNone();
    });
    this.part("select-all").addEventListener("click", onAll);
    this.onUndo = onUndo;
    this.count = 0;
  }

  show(board, count, empty) {
    this.count = count;
    this.part("count").textContent = countText(count);
    this.part("no-takes").textContent = count ? "" : empty;
    this.part("select-all").hidden = !count;
    this.bulk.querySelector("[data-status=circled]").hidden = !board.can_circle;
    this.part("export-links").replaceChildren();
    this.say("");
    if (board.selects) this.showExports(board.project);
  }

  showExports(project) {
    const links = this.part("export-links");
    if (links.childElementCount) return;
    links.append(this.exports.content.cloneNode(true));
    links.querySelector(".ct-more-exports").href = `/selects?${new URLSearchParams({ project })}`;
    for (const link of links.querySelectorAll("a.ct-export")) link.href = `/api/exports/selects?${new URLSearchParams({ project, format: link.dataset.format })}`;
  }

  select(size) {
    this.bulk.classList.toggle("ct-idle", !size);
    this.part("count").textContent = size ? tn("{selected} of {n} take selected", "{selected} of {n} takes selected", this.count, { selected: count(size) }) : countText(this.count);
    for (const button of this.bulk.querySelectorAll("button")) button.disabled = !size;
  }

  progress(progress) {
    this.say(progressText(progress));
    if (!progress.before?.size) return;
    const button = make("button", "ct-undo", t("Undo"));
    button.addEventListener("click", () => this.onUndo(progress.before));
    this.part("saving").append(" ", button);
  }

  say(text) {
    this.part("saving").textContent = text;
  }

  problem(why, again) {
    const button = make("button", "", t("Try again"));
    button.addEventListener("click", again);
    this.part("count").textContent = "";
    this.part("no-takes").replaceChildren(why, " ", button);
  }
}
