// How far the person is: pairs judged, of all that they can judge in what the page shows. The server counts; between its
// answers what is judged on this page is added.
import { count, t } from "../language.js";
import { readScope } from "../scope.js";

const OLD = 20000;   // ms after which the server is asked again: other tabs and new takes change the numbers too
const RECENT = 5000; // ms for which an answer is good enough while there is nothing to judge

export class Progress {
  counts = null;      // as the server answers, or {problem} with its refusal
  askedAt = -OLD;

  // waiting: gives what the server has not answered yet.
  constructor(root, server, waiting) {
    Object.assign(this, { element: root.querySelector(".ct-so-far"), server, waiting });
  }

  async refresh(now = performance.now()) {
    this.askedAt = now;
    const counts = await this.server.progress(readScope()).catch(() => null);
    if (counts) this.counts = withWaiting(counts, this.waiting());
    this.show();
    return this.counts;
  }

  async latest(now = performance.now()) {
    return now - this.askedAt > RECENT ? this.refresh(now) : this.counts;
  }

  refreshIfOld(now = performance.now()) {
    if (now - this.askedAt > OLD) this.refresh(now);
  }

  // more: 1 for a verdict, -1 for one that is taken back.
  count(pair, verdict, more) {
    if (verdict === "skip" || pair.check || !this.counts?.total) return;
    const judged = Math.min(Math.max(this.counts.judged + more, 0), this.counts.total);
    this.counts = { ...this.counts, judged };
    this.show();
  }

  show() {
    this.element.textContent = wordsOf(this.counts, readScope());
  }
}

// Verdicts on their way count as they do on the page.
export function withWaiting(counts, waiting) {
  const more = waiting.filter(({ path, body }) => path === "/api/ballots" && body.verdict !== "skip").length;
  return counts.total ? { ...counts, judged: Math.min(counts.judged + more, counts.total) } : counts;
}

export function wordsOf(counts, scope) {
  if (!counts?.total) return "";
  const numbers = { judged: count(counts.judged), total: count(counts.total) }, { project, shot, session } = scope;
  if (shot && !session) return t("{judged} of {total} in this shot", numbers);
  const name = session ?? project;
  return name ? t("{judged} of {total} in {name}", { ...numbers, name }) : t("{judged} of {total}", numbers);
}
