// The newest run as it goes, whoever started it: at which stage, at which step, how long yet, and its curves.
import { getJson } from "../api.js";
import { count, decimals, minute, t, tn } from "../language.js";
import { make } from "../review/dom.js";

const OFTEN = 2000, SELDOM = 10000;   // ms between looks: while something runs, and otherwise
const SVG = "http://www.w3.org/2000/svg", WIDTH = 300, HEIGHT = 80, EDGE = 4;

const STAGES = {
  preflight: t("preflight"), backup: t("backup"), advance: t("open trials"), snapshot: t("snapshot"), tune: t("training"),
  evaluate: t("evaluation"), register: t("registration"), draw: t("before and after"), trial: t("blind trial"),
  prompts: t("prompt writer"), report: t("report"),
};
// What is shown of all that a run measures, in this order.
const CURVES = {
  loss: t("loss"), heldout_loss: t("held-out loss"), heldout_accuracy: t("held-out accuracy"), winner_error_ratio: t("winners' error"),
};

// Who spends a night, and where it is; "" where none goes on.
export function nightWords(night) {
  if (!night) return "";
  const values = { process: night.process, host: night.host, since: minute(night.started), stage: STAGES[night.stage] ?? night.stage };
  return night.is_alive
    ? t("A night goes on in process {process} on {host} since {since} UTC, at its stage: {stage}.", values)
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

// Of [step, value] pairs: where each lies in a picture of WIDTH by HEIGHT, "x,y x,y".
export function lineOf(points) {
  const values = points.map(([, value]) => value);
  const [first, last, low, high] = [points[0][0], points.at(-1)[0], Math.min(...values), Math.max(...values)];
  const across = (step) => (last > first ? (step - first) / (last - first) : 0.5) * (WIDTH - 2 * EDGE) + EDGE;
  const down = (value) => (high > low ? (high - value) / (high - low) : 0.5) * (HEIGHT - 2 * EDGE) + EDGE;
  return points.map(([step, value]) => `${across(step).toFixed(1)},${down(value).toFixed(1)}`).join(" ");
}

function drawn(name, fields) {
  const element = document.createElementNS(SVG, name);
  for (const [field, value] of Object.entries(fields)) element.setAttribute(field, value);
  return element;
}

function curve({ name, points }) {
  const [[from, first], [to, last]] = [points[0], points.at(-1)];
  const words = { name: CURVES[name], first: decimals(first, 3), last: decimals(last, 3), from: count(from), to: count(to) };
  const picture = drawn("svg", {
    viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", preserveAspectRatio: "none",
    "aria-label": t("{name}: {first} at step {from}, {last} at step {to}", words),
  });
  const line = lineOf(points);
  const [x, y] = line.split(" ").at(-1).split(",");
  picture.append(drawn("polyline", { points: line }), drawn("circle", { cx: x, cy: y, r: 2 }));
  return make("figure", "", picture, make("figcaption", "", t("{name}: {last} at step {to}", words)));
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
    if (drawn !== this.drawn) this.curves.replaceChildren(...curves.map(curve));
    this.drawn = drawn;
  }
}

export function start(element) {
  new NewestRun(element.querySelector(".ct-run")).look();
}
