// What the review page asks the server for. Each request names the person whom the page was opened for.
import { t } from "../language.js";
import { named, signedInAs } from "../person.js";

const PATIENCE = 15000;   // ms for an answer; a request that hangs must not hold up the others

const readJson = (answer) => answer.json().catch(() => ({}));

export class Server {
  constructor(person) {
    this.person = person;
  }

  get(path) {
    return fetch(path, named({}, this.person));
  }

  send(path, body) {
    const headers = { "Content-Type": "application/json" };
    return fetch(path, named({ method: "POST", keepalive: true, headers, body: JSON.stringify(body) }, this.person));
  }

  // item -> {status, body, signedIn}; rejects when nobody answers.
  async post(item) {
    const options = { method: "POST", keepalive: true, signal: AbortSignal.timeout(PATIENCE),
      headers: { "Content-Type": "application/json" }, body: JSON.stringify(item.body) };
    try {
      const answer = await fetch(item.path, named(options, this.person));
      return { status: answer.status, body: await readJson(answer), signedIn: signedInAs(answer) };
    } catch (error) {
      if (error.name === "TimeoutError") return { status: 408, body: {}, signedIn: "" };
      throw new Error(t("the server does not answer"));
    }
  }

  // {pairs, elsewhere}: the pairs dealt, and how many the person's other open pages hold.
  async pairs(query) {
    const answer = await this.get(`/api/pairs?${new URLSearchParams(query)}`);
    if (!answer.ok) throw new Error(t("the server answered {status}", { status: answer.status }));
    return { pairs: await answer.json(), elsewhere: Number(answer.headers.get("Circletake-Leased-Elsewhere")) };
  }

  // The keys of those pairs that the page may keep, or null when the server does not say.
  // `taken`: one that the person's other pages lose.
  async renewLeases(client, keys, { leaving = false, taken = "" } = {}) {
    const body = { client, pairs: keys.join(","), leaving, taken };
    const answer = await this.send("/api/pairs/leases", body).catch(() => null);
    const kept = answer?.ok ? await answer.json().catch(() => null) : null;
    return kept && kept.pairs.split(",");
  }

  // How much the person has judged of what they can; {problem} where the server refuses to say.
  async progress(scope) {
    const answer = await this.get(`/api/progress?${new URLSearchParams(scope)}`), body = await readJson(answer);
    return answer.ok ? body : { problem: body.error || t("the server answered {status}", { status: answer.status }), status: answer.status };
  }

  // {status, signedIn, queue}; status 0 when nobody answers.
  async state() {
    const answer = await this.get("/api/state").catch(() => null);
    if (!answer) return { status: 0, signedIn: "" };
    return { status: answer.status, signedIn: signedInAs(answer), ...(answer.ok ? await readJson(answer) : {}) };
  }

  tags(take) { return this.read(`/api/tags?take=${take}`); }
  notes(take) { return this.read(`/api/notes?take=${take}`); }
  removeTag(id) { return this.remove(`/api/tags/${id}`); }
  takeBackNote(id) { return this.remove(`/api/notes/${id}`); }

  async read(path) {
    const answer = await this.get(path);
    if (!answer.ok) throw new Error((await readJson(answer)).error || t("the server answered {status}", { status: answer.status }));
    return answer.json();
  }

  async remove(path) {
    const answer = await fetch(path, named({ method: "DELETE" }, this.person));
    if (!answer.ok) throw new Error((await readJson(answer)).error || t("the server answered {status}", { status: answer.status }));
  }
}
