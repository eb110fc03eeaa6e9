// Why there is nothing to judge, in a title, a line and sometimes a link.
import { SIGNED_OUT } from "../messages.js";

// state: of the server (Server.state); elsewhere: pairs in the person's other tabs; words: of messages.js.
export function explain(state, elsewhere, words) {
  if (state.status === 401) return [SIGNED_OUT, words.kept(), words.signIn()];
  if (state.signedIn) return [words.otherPerson(state.signedIn), words.kept(), words.signIn()];
  if (!state.queue) return ["The server does not answer", "Trying again. What you judged is kept in this browser."];
  const { queued, leased, done } = state.queue;
  if (queued + leased) return ["Takes are being drawn", `${done} done, ${queued + leased} to go`];
  if (elsewhere) return ["Everything else is judged", `${elsewhere} pairs are open in another tab of yours`];
  const line = "Write a brief on the Briefs page, or come back when there are new takes.";
  return [done ? "Everything is judged" : "No takes yet", line];
}
