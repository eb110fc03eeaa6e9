// What the person is told about what they judged: the counter, what is wrong, what was refused, and before they leave.
import { count, t, tn } from "../language.js";
import { signInAddress } from "../person.js";
import { make, makeButton } from "./dom.js";

export const SIGNED_OUT = t("You are signed out; sign in again.");
const VERDICTS = { left: t("left is better"), right: t("right is better"), tie: t("tie"), both_bad: t("both bad"), skip: t("skip") };


// Numbers from here on are names of takes for this person alone: nothing that one could look up or tell a colleague.
const FIRST_NAME = 2 ** 48;
const named = (words, ...takes) => (takes.every((take) => take < FIRST_NAME) ? [words()] : []);
const takeNamed = (number) => named(() => t("take {number}", { number }), number);
const takesNamed = (one, other) => named(() => t("takes {one} and {other}", { one, other }), one, other);
const rankingOf = ({ undoes, takes, rest }) =>
  (undoes ? t("a ranking taken back") : tn("ranking of {n} take", "ranking of {n} takes", takes.length + rest.length));

// What was judged, in words.
export function describe({ path, body, shot }) {
  const inShot = (what, takes) => [what, ...(shot ? [shot] : []), ...takes].join(" · ");
  if (path === "/api/ballots") return inShot(VERDICTS[body.verdict], takesNamed(body.left, body.right));
  if (path === "/api/rankings") return inShot(rankingOf(body), []);
  if (path === "/api/ratings") return inShot("★".repeat(body.stars) || t("no stars"), takeNamed(body.take));
  return inShot(t("“{text}”", { text: body.text ?? body.word }), takeNamed(body.take));
}

function refusedLine(item) {
  const what = make("span", "ct-what", describe(item)), reason = make("span", "ct-reason", item.error || t("refused"));
  const buttons = [makeButton(t("Retry"), "retry", item.body.uid), makeButton(t("Discard"), "discard", item.body.uid)];
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
    const parts = [t("saved {number}", { number: count(this.store.saved) }), t("{number} pending", { number: count(pending) })];
    counter.textContent = [...parts, ...(refused ? [t("{number} refused", { number: count(refused) })] : [])].join(" · ");
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
    else if (outbox.pause || outbox.stuck.size) line.textContent = t("{why}; {number} pending, trying again", { why: outbox.why, number: count(outbox.pending) });
    else line.textContent = "";
  }

  whoIsMissing() {
    return this.outbox.otherPerson ? this.otherPerson(this.outbox.otherPerson) : SIGNED_OUT;
  }

  otherPerson(other) {
    return t("{other} is signed in in this browser now; this page was opened for {name}.", { other, name: this.store.person });
  }

  kept() {
    const kept = this.outbox.pending + this.store.refused.length;
    if (!kept) return t("Everything you judged is saved.");
    const name = this.store.person;
    return tn("{n} judgement is kept in this browser for {name}.", "{n} judgements are kept in this browser for {name}.", kept, { name });
  }

  signInLink() {
    return Object.assign(make("a", "ct-sign-in", t("Sign in")), { href: signInAddress() });
  }

  // The browser asks in words of its own. What is being written counts too.
  warnOnLeaving(event) {
    if (!this.excused && (this.outbox.pending || this.typed())) event.preventDefault();
  }

  warnOnSignOut(event) {
    if (!event.target.matches('form[action="/logout"]') || !this.outbox.pending) return;
    this.excused = confirm(tn(
      "{n} judgement is not saved yet; it goes out when you next sign in and open Review in this browser. Sign out now?",
      "{n} judgements are not saved yet; they go out when you next sign in and open Review in this browser. Sign out now?",
      this.outbox.pending));
    if (!this.excused) event.preventDefault();
  }
}
