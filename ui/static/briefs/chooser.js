// A dialog in which a frame or clip of the studio's library is chosen, for a brief to start from.
import { getJson } from "../api.js";
import { t, tn } from "../language.js";
import { Card } from "../library/cards.js";

const EACH = 40;     // items of one request
const TYPED = 250;   // ms after the last letter until the text is searched

// As `SourceFields.keep` takes it: by its content, shown by its small picture, which everybody may see.
export const sourceOf = ({ id, media, picture, width, height, kind }) => ({ sha256: media, item: id, media: picture, width, height, is_clip: kind === "clip" });

// Which kind the list shows, of what the model can start from; empty for both, null where it starts from nothing.
export function kindOf(accepted) {
  const [stills, clips] = [accepted.includes("image/"), accepted.includes("video/")];
  if (stills === clips) return stills ? "" : null;
  return stills ? "still" : "clip";
}

export class Chooser {
  number = 0;   // of the list that is shown: answers for another one come too late

  constructor(dialog) {
    this.dialog = dialog;
    this.grid = dialog.querySelector(".ct-library-grid");
    this.line = dialog.querySelector(".ct-line");
    this.more = dialog.querySelector(".ct-more-items");
    this.text = dialog.querySelector("[name=text]");
    this.text.addEventListener("input", () => {
      clearTimeout(this.timer);
      this.timer = setTimeout(() => this.begin(), TYPED);
    });
    this.text.addEventListener("keydown", (event) => event.key === "Enter" && event.preventDefault());
    this.more.addEventListener("click", () => this.load());
  }

  // What a click chose, and null where the dialog was closed.
  choose(kind) {
    this.kind = kind;
    this.chosen = null;
    this.dialog.showModal();
    this.text.focus();
    this.begin();
    return new Promise((done) => { this.dialog.addEventListener("close", () => done(this.chosen), { once: true }); });
  }

  begin() {
    clearTimeout(this.timer);
    this.number += 1;
    this.items = 0;
    this.more.hidden = true;
    return this.load(true);
  }

  async load(isFirst = false) {
    const { number } = this;
    this.line.textContent = t("Loading");
    const answer = await getJson("/api/library", { text: this.text.value.trim(), kind: this.kind, offset: this.items, limit: EACH }).catch((error) => error);
    if (number !== this.number) return;
    if (answer instanceof Error) { this.line.textContent = answer.message; return; }
    if (isFirst) this.grid.replaceChildren();
    this.grid.append(...answer.items.map((item) => this.cardOf(item).root));
    this.items += answer.items.length;
    this.line.textContent = answer.total ? tn("{n} item", "{n} items", answer.total) : t("Nothing in the library is of these words and of a kind that the model starts from.");
    this.more.hidden = this.items >= answer.total || !answer.items.length;
    this.more.textContent = tn("Show {n} more", "Show {n} more", Math.min(EACH, answer.total - this.items));
  }

  cardOf(item) {
    return new Card(item, {
      canPick: false, isPicked: false, opens: (name) => t("Start from {name}", { name }),
      onOpen: (each) => { this.chosen = each; this.dialog.close(); },
    });
  }
}
