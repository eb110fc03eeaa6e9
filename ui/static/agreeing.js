// Whether the studio's model may learn from what somebody chooses: asked once where they judge, in a line that takes nothing
// from the takes, and shown and changed on the Account page.
import { getJson, postJson } from "./api.js";
import { day, t, tn } from "./language.js";
import { insteadOf } from "./rights/words.js";

const WHERE = ["/", "/rank", "/board"];   // pages on which people judge
const LATER = "circletake:asked-later";   // of this tab: put away until the next one
const THANKS = 8000;                      // ms that the answer is confirmed

export const needsAnswer = ({ is_asked: isAsked, agreed }) => isAsked && agreed === null;

export function standingOf({ is_asked: isAsked, agreed, since }) {
  if (agreed === null) return isAsked ? t("You have not answered yet: your judgements are kept, and the model does not learn from them.") : t("You were not asked: the model learns from your judgements.");
  return agreed ? t("Since {day} the model may learn from your judgements.", { day: day(since) }) : t("Since {day} the model does not learn from your judgements.", { day: day(since) });
}

// What follows a withdrawal.
export function followsOf({ runs, follows }) {
  if (!follows) return "";
  if (!runs) return t("No tuning has learned from your judgements.");
  return [
    tn("{n} tuning had learned from your judgements; what it made is not drawn with any more.", "{n} tunings had learned from your judgements; what they made is not drawn with any more.", runs),
    ...(follows.previous ? [insteadOf(follows.production, follows.previous)] : []),
    ...(follows.is_retuned ? [t("The next night tunes again without them.")] : []),
  ].join(" ");
}

export const answer = (agreed) => postJson("/api/me/agreement", { agreed });

const wasPutAway = () => { try { return sessionStorage.getItem(LATER) === "yes"; } catch { return false; } };
const putAway = () => { try { sessionStorage.setItem(LATER, "yes"); } catch { /* it is asked again on the next page */ } };

class Question {
  constructor(root) {
    this.root = root;
    this.line = root.querySelector("span");
    root.querySelectorAll("button[data-agree]").forEach((button) => button.addEventListener("click", () => this.answer(button.dataset.agree === "yes")));
    root.querySelector("[data-later]").addEventListener("click", () => { putAway(); this.hide(); });
  }

  // The page below begins where the line ends, however many lines it has.
  show() {
    this.root.hidden = false;
    this.room = new CSSStyleSheet();
    document.adoptedStyleSheets = [...document.adoptedStyleSheets, this.room];
    this.sizes = new ResizeObserver(() => this.makeRoom());
    this.sizes.observe(this.root);
  }

  makeRoom() {
    const end = Math.ceil(this.root.getBoundingClientRect().bottom);
    this.room.replaceSync(`.gradio-container :is(.ct-page, .ct-review) { --header: ${end}px !important; }`);
    dispatchEvent(new Event("resize"));
  }

  hide() {
    this.sizes.disconnect();
    this.root.hidden = true;
    document.adoptedStyleSheets = document.adoptedStyleSheets.filter((sheet) => sheet !== this.room);
    dispatchEvent(new Event("resize"));
  }

  async answer(agreed) {
    try {
      await answer(agreed);
    } catch (error) {
      this.line.textContent = error.message;   // the buttons stay
      return;
    }
    this.root.querySelectorAll("button").forEach((button) => { button.hidden = true; });
    this.line.textContent = agreed ? t("Thank you: the model may learn from your judgements.") : t("Thank you: the model does not learn from your judgements.");
    setTimeout(() => this.hide(), THANKS);
  }
}

export async function askOnce(root) {
  if (!WHERE.includes(location.pathname) || wasPutAway()) return;
  const standing = await getJson("/api/me/agreement").catch(() => null);
  if (standing && needsAnswer(standing)) new Question(root).show();
}
