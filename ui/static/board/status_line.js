// The line below the filters: how many takes, how many are selected, one status for them, how far it is, exports.
import { make } from "../review/dom.js";

export const countText = (count) => `${count.toLocaleString("en")} take${count === 1 ? "" : "s"}`;

// What is said of many that are being saved, or are.
export function progressText({ done, of, refused }) {
  const [why] = refused.values();
  const lost = refused.size ? `; ${refused.size.toLocaleString("en")} not saved: ${why}` : "";
  return done < of ? `Saving ${done.toLocaleString("en")} of ${of.toLocaleString("en")}${lost}` : `Saved ${(of - refused.size).toLocaleString("en")}${lost}`;
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
    for (const link of links.querySelectorAll("a")) link.href = `/api/exports/selects?${new URLSearchParams({ project, format: link.dataset.format })}`;
  }

  select(size) {
    this.bulk.classList.toggle("ct-idle", !size);
    this.part("count").textContent = size ? `${size.toLocaleString("en")} of ${countText(this.count)} selected` : countText(this.count);
    for (const button of this.bulk.querySelectorAll("button")) button.disabled = !size;
  }

  progress(progress) {
    this.say(progressText(progress));
    if (!progress.before?.size) return;
    const button = make("button", "ct-undo", "Undo");
    button.addEventListener("click", () => this.onUndo(progress.before));
    this.part("saving").append(" ", button);
  }

  say(text) {
    this.part("saving").textContent = text;
  }

  problem(why, again) {
    const button = make("button", "", "Try again");
    button.addEventListener("click", again);
    this.part("count").textContent = "";
    this.part("no-takes").replaceChildren(why, " ", button);
  }
}
