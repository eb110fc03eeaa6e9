// Why there is nothing to judge, in a title, a line and sometimes a link.
import { make } from "../dom.js";
import { SIGNED_OUT } from "../messages.js";
import { nameOfScope, readScope, summaryAddress } from "../../scope.js";

const link = (text, href) => Object.assign(make("a", "ct-link", text), { href });

// state: of the server (Server.state); elsewhere: pairs in the person's other tabs; words: of messages.js; progress: of
// progress.js, null where the server did not answer.
export function explain(state, elsewhere, words, progress = null, scope = readScope()) {
  if (state.status === 401) return [SIGNED_OUT, words.kept(), words.signIn()];
  if (state.signedIn) return [words.otherPerson(state.signedIn), words.kept(), words.signIn()];
  if (!state.queue) return ["The server does not answer", "Trying again. What you judged is kept in this browser."];
  if (progress?.status === 404) return [progress.problem, "", link("Review everything", "/")];
  if (progress?.session) return explainSession(elsewhere, progress, scope);
  const { queued, leased, done } = state.queue;
  if (queued + leased) return ["Takes are being drawn", `${done} done, ${queued + leased} to go`];
  if (elsewhere) return [`Everything else is judged`, `${elsewhere} pairs are open in another tab of yours`];
  const line = "Write a brief on the Briefs page, or come back when there are new takes.";
  return [done ? everythingIn(scope) : "No takes yet", line, ...chosen(progress, scope)];
}

function explainSession(elsewhere, progress, scope) {
  const { name, closed } = progress.session;
  if (closed) return [`${name} is closed`, "What was judged in it stays.", ...chosen(progress, scope)];
  if (elsewhere) return ["Everything else is judged", `${elsewhere} pairs are open in another tab of yours`];
  return [everythingIn(scope), "", ...chosen(progress, scope)];
}

function everythingIn(scope) {
  const name = nameOfScope(scope);
  return name ? `Everything in ${name} is judged` : "Everything is judged";
}

const chosen = (progress, scope) => (progress?.judged ? [link("See what you chose", summaryAddress(scope))] : []);
