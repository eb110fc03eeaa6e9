// What the person is told about what they judged: the counter, what is wrong, what was refused, and before they leave.
import { signInAddress } from "../person.js";
import { make, makeButton } from "./dom.js";

export const SIGNED_OUT = "You are signed out; sign in again.";
const VERDICTS = { left: "left is better", right: "right is better", tie: "tie", both_bad: "both bad", skip: "skip" };

const judgementsAre = (number) => (number === 1 ? "1 judgement is" : `${number} judgements are`);

// Numbers from here on are names of takes for this person alone: nothing that one could look up or tell a colleague.
const FIRST_NAME = 2 ** 48;
const named = (word, ...takes) => (takes.every((take) => take < FIRST_NAME) ? ` · ${word} ${takes.join(" and ")}` : "");

// What was judged, in words.
export function describe({ path, body, shot }) {
  const where = shot ? ` · ${shot}` : "";
  if (path === "/api/ballots") return `${VERDICTS[body.verdict]}${where}${named("takes", body.left, body.right)}`;
  if (path === "/api/rankings") return `${body.undoes ? "a ranking taken back" : `ranking of ${body.takes.length + body.rest.length} takes`}${where}`;
  if (path === "/api/ratings") return `${"★".repeat(body.stars) || "no stars"}${where}${named("take", body.take)}`;
  return `“${body.text ?? body.word}”${where}${named("take", body.take)}`;
}

function refusedLine(item) {
  const what = make("span", "ct-what", describe(item)), reason = make("span", "ct-reason", item.error || "refused");
  const buttons = [makeButton("Retry", "retry", item.body.uid), makeButton("Discard", "discard", item.body.uid)];
  what.title = what.textContent;
  reason.title = reason.textContent;
  return make("li", "", what, reason, ...buttons);
}

export class Messages {
  excused = false;   // the person knows what is pending and leaves all the same

  // typed: gives back text in a field that is nowhere else yet; nothingShown: whether the stage says why it is empty.
  constructor(root, outbox, { typed, nothingShown }) {
    Object.assign(this, { root, outbox, store: outbox.store, typed, nothingShown });
  }

  get words() {
    return {
      kept: () => this.kept(),
      signIn: () => this.signInLink(),
      otherPerson: (other) => this.otherPerson(other),
    };
  }

  hint(text) {
    this.root.querySelector(".ct-hint").textContent = text;
  }

  show() {
    this.count();
    this.listRefused();
    this.tellTrouble();
  }

  count() {
    const refused = this.store.refused.length, { pending } = this.outbox;
    const counter = this.root.querySelector(".ct-counter");
    counter.textContent = `saved ${this.store.saved} · ${pending} pending` + (refused ? ` · ${refused} refused` : "");
    counter.classList.toggle("ct-waiting", pending > 0);
  }

  // Only when it changes: a button that is drawn anew under the pointer loses its click.
  listRefused() {
    const list = this.root.querySelector(".ct-aside"), { refused } = this.store, shown = JSON.stringify(refused);
    if (list.dataset.shown === shown) return;
    list.dataset.shown = shown;
    list.replaceChildren(...refused.map(refusedLine));
  }

  tellTrouble() {
    const line = this.root.querySelector(".ct-problem"), { outbox } = this;
    const away = outbox.signedOut || outbox.otherPerson;
    if (this.store.problem) line.textContent = this.store.problem;
    else if (!outbox.pending || (away && this.nothingShown())) line.textContent = "";   // the stage says it, where it is seen
    else if (away) line.replaceChildren(`${this.whoIsMissing()} ${this.kept()} `, this.signInLink());
    else if (outbox.pause || outbox.stuck.size) line.textContent = `${outbox.why}; ${outbox.pending} pending, trying again`;
    else line.textContent = "";
  }

  whoIsMissing() {
    return this.outbox.otherPerson ? this.otherPerson(this.outbox.otherPerson) : SIGNED_OUT;
  }

  otherPerson(other) {
    return `${other} is signed in in this browser now; this page was opened for ${this.store.person}.`;
  }

  kept() {
    const kept = this.outbox.pending + this.store.refused.length;
    return kept ? `${judgementsAre(kept)} kept in this browser for ${this.store.person}.` : "Everything you judged is saved.";
  }

  signInLink() {
    return Object.assign(make("a", "ct-sign-in", "Sign in"), { href: signInAddress() });
  }

  // The browser asks in words of its own. What is being written counts too.
  warnOnLeaving(event) {
    if (!this.excused && (this.outbox.pending || this.typed())) event.preventDefault();
  }

  warnOnSignOut(event) {
    if (!event.target.matches('form[action="/logout"]') || !this.outbox.pending) return;
    const what = `${judgementsAre(this.outbox.pending)} not saved yet`;
    this.excused = confirm(`${what}; they go out when you next sign in and open Review in this browser. Sign out now?`);
    if (!this.excused) event.preventDefault();
  }
}
