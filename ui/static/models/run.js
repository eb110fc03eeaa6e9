// The newest run as it goes, whoever started it: at which stage, at which step, how long yet, and its curves.
import { getJson } from "../api.js";
import { count, decimals, minute, t, timeZone, tn } from "../language.js";
import { CURVES, drawCurve } from "./curve.js";

const OFTEN = 2000, SELDOM = 10000;   // ms between looks: while something runs, and otherwise

const STAGES = {
  preflight: t("preflight"), backup: t("backup"), advance: t("open trials"), snapshot: t("snapshot"), tune: t("training"),
  evaluate: t("evaluation"), register: t("registration"), draw: t("before and after"), trial: t("blind trial"),
  prompts: t("prompt writer"), report: t("report"),
};
// Who spends a night, and where it is; "" where none goes on.
export function nightWords(night) {
  if (!night) return "";
  const values = { process: night.process, host: night.host, since: `${minute(night.started)} ${timeZone}`, stage: STAGES[night.stage] ?? night.stage };
  return night.is_alive
    ? t("A night goes on in process {process} on {host} since {since}, at its stage: {stage}.", values)
    : t("The night of process {process} on {host} was interrupted at its stage: {stage}. The next night goes on where it was.", values);
}

export function runWords(run) {
  const values = { run: run.id, version: run.version, reason: run.reason };
  if (run.state === "done") return [t("Run {run} made {version}.", values), gainWords(run)].filter(Boolean).join(" ");
  if (run.state === "refused") return t("Run {run} was refused: {reason}", values);
  if (run.state === "failed") return t("Run {run} failed: {reason}", values);
  if (!run.steps) return t("Run {run} prepares.", values);
  const steps = t("Run {run}: step {step} of {steps}.", { ...values, step: count(run.step), steps: count(run.steps) });
  return run.seconds_left === null ? steps : `${steps} ${leftWords(run.seconds_left)}`;
}

const gainWords = ({ gain }) => (gain === null ? "" : t("Takes gain {gain} deviations of a brief's takes.", { gain: decimals(gain, 2) }));

export function leftWords(seconds) {
  if (seconds < 90) return tn("{n} second of training is left.", "{n} seconds of training are left.", Math.round(seconds));
  const minutes = Math.round(seconds / 60);
  if (minutes < 90) return tn("{n} minute of training is left.", "{n} minutes of training are left.", minutes);
  return t("{hours} hours of training are left.", { hours: decimals(minutes / 60, 1) });
}

export const shownCurves = ({ curves }) => Object.keys(CURVES)
  .map((name) => curves.find((each) => each.name === name)).filter((each) => each?.points.length);

class NewestRun {
  constructor(root) {
    this.root = root;
    [this.where, this.words, this.bar, this.curves] = [".ct-where", ".ct-how-far", ".ct-progress", ".ct-curves"].map((name) => root.querySelector(name));
  }

  async look() {
    if (!document.hidden) await this.update();
    setTimeout(() => this.look(), this.goesOn ? OFTEN : SELDOM);
  }

  // Whoever may not tune sees nothing of it.
  async update() {
    const { night, run } = await getJson("/api/runs/newest").catch(() => ({ night: null, run: null }));
    this.root.hidden = !night && !run;
    this.goesOn = Boolean(night) || run?.state === "running";
    const where = nightWords(night);
    if (this.where.textContent !== where) this.where.textContent = where;
    this.where.hidden = !where;
    if (run) this.show(run);
  }

  show(run) {
    this.words.textContent = runWords(run);
    this.bar.hidden = run.state !== "running";
    this.bar.firstElementChild.style.width = `${100 * run.share}%`;
    const curves = shownCurves(run), drawn = JSON.stringify(curves);
    if (drawn !== this.drawn) this.curves.replaceChildren(...curves.map(drawCurve));
    this.drawn = drawn;
  }
}

export function start(element) {
  new NewestRun(element.querySelector(".ct-run")).look();
}
