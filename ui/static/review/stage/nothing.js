// Why there is nothing to judge, in a title, a line and sometimes a link.
import { count, t, tn } from "../../language.js";
import { make } from "../dom.js";
import { SIGNED_OUT } from "../messages.js";
import { readScope, summaryAddress } from "../../scope.js";

const link = (text, href) => Object.assign(make("a", "ct-link", text), { href });

// state: of the server (Server.state); elsewhere: pairs in the person's other tabs; words: of messages.js; progress: of
// progress.js, null where the server did not answer.
export function explain(state, elsewhere, words, progress = null, scope = readScope()) {
  if (state.status === 401) return [SIGNED_OUT, words.kept(), words.signIn()];
  if (state.signedIn) return [words.otherPerson(state.signedIn), words.kept(), words.signIn()];
  if (!state.queue) return [t("The server does not answer"), t("Trying again. What you judged is kept in this browser.")];
  if (progress?.status === 404) return [progress.problem, "", link(t("Review everything"), "/")];
  if (progress?.session) return explainSession(elsewhere, progress, scope);
  const { queued, leased, done } = state.queue;
  if (queued + leased) return [t("Takes are being drawn"), t("{done} done, {left} to go", { done: count(done), left: count(queued + leased) })];
  if (elsewhere) return othersHave(elsewhere);
  const line = t("Write a brief on the Briefs page, or come back when there are new takes.");
  return [done ? everythingIn(scope) : t("No takes yet"), line, ...chosen(progress, scope)];
}

function explainSession(elsewhere, progress, scope) {
  const { name, closed } = progress.session;
  if (closed) return [t("{name} is closed", { name }), t("What was judged in it stays."), ...chosen(progress, scope)];
  if (elsewhere) return othersHave(elsewhere);
  return [everythingIn(scope), "", ...chosen(progress, scope)];
}

const othersHave = (number) =>
  [t("Everything else is judged"), tn("{n} pair is open in another tab of yours", "{n} pairs are open in another tab of yours", number)];

function everythingIn({ project, shot, session }) {
  if (shot && !session) return t("Everything in this shot is judged");
  const name = session ?? project;
  return name ? t("Everything in {name} is judged", { name }) : t("Everything is judged");
}

const chosen = (progress, scope) => (progress?.judged ? [link(t("See what you chose"), summaryAddress(scope))] : []);
