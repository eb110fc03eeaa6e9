// What the page says of a take beside its picture.
import { count, decimals, minute, t, tn } from "../language.js";
import { make, makeButton } from "../review/dom.js";
import { KINDS, STATUSES } from "../names.js";
import { thumbnailOf } from "../review/stage/detail.js";

const FEW = 20;   // takes of a shot, below which a share says less than a place

export const STEPS = [["wip", t("WIP")], ["needs_retake", t("Retake")], ["approved", t("OK")], ["circled", t("◯ Circled")]];

// [name, value] of what is known of how it was made.
export function madeOf({ prompt, negative_prompt, kind, width, height, frames, fps, steps, guidance, seed, version, elsewhere = null, author }) {
  const clip = kind === "clip" ? [[t("Length"), tn("{n} frame at {fps}", "{n} frames at {fps}", frames, { fps: count(fps) })]] : [];
  const own = [[t("Seed"), seed], [t("Version"), version], [t("Made elsewhere"), elsewhere]].filter(([, value]) => value !== null);
  return [
    [t("Prompt"), prompt], ...(negative_prompt ? [[t("Not"), negative_prompt]] : []), [t("Size"), `${width} x ${height}`], ...clip,
    [t("Steps"), steps], [t("Guidance"), count(guidance)], ...own, [t("Brief by"), author],
  ];
}

function placeInWords(position, of) {
  const number = position - 1;
  if (of > 1) return number ? t("Alternate {number} of {of} selects", { number, of }) : t("The pick of {of} selects", { of });
  return number ? t("Alternate {number}", { number }) : t("The pick");
}

function lengthOfSelect({ frame_in, frame_out }, kind, first) {
  const length = frame_out - frame_in + 1;
  if (kind !== "still") return tn("{from}–{to}, {n} frame", "{from}–{to}, {n} frames", length, { from: frame_in + first, to: frame_out + first });
  return tn("held {n} frame", "held {n} frames", length);
}

// first: the number of a clip's first frame.
export function cutInWords({ frame_in, frame_out, position, of }, kind, first) {
  return `${placeInWords(position, of)} · ${lengthOfSelect({ frame_in, frame_out }, kind, first)}`;
}

// reward: what the newest reward model gives to the take, or null where it is none of the person's business.
export function rewardInWords({ reward, place, scored, created, run, accuracy }) {
  const model = { moment: minute(created), run, percent: Math.round(100 * accuracy) };
  if (reward === null) return t("Not scored yet by the model of {moment} (run {run}, right in {percent} % of verdicts)", model);
  const values = { ...model, reward: decimals(reward, 1).replace("-", "−"), place, scored, share: Math.max(1, Math.round((100 * place) / scored)) };
  if (scored <= 1) return t("{reward} by the model of {moment} (run {run}, right in {percent} % of verdicts)", values);
  if (scored < FEW) return t("{reward}, place {place} of {scored} in this shot, by the model of {moment} (run {run}, right in {percent} % of verdicts)", values);
  return t("{reward}, the top {share} % of this shot, by the model of {moment} (run {run}, right in {percent} % of verdicts)", values);
}

// On whose permission it rests: grounds as GET /api/takes/{take} answers.
export function groundsInWords({ people, consents, licences, is_missing: isMissing }) {
  return [
    ...(people.length ? [people.join(", ")] : []),
    ...(consents.length ? [tn("consent {ids}", "consents {ids}", consents.length, { ids: consents.join(", ") })] : []),
    ...(licences.length ? [tn("licence {names}", "licences {names}", licences.length, { names: licences.join(", ") })] : []),
    ...(isMissing ? [t("a consent or licence is missing today")] : []),
  ].join(" · ");
}

export function drawMade(list, made, reward = null, grounds = null) {
  const rows = [...madeOf(made), ...(reward ? [[t("Reward"), rewardInWords(reward)]] : [])];
  const rights = grounds ? [make("dt", "", t("Rights")), make("dd", "", Object.assign(make("a", "ct-link", groundsInWords(grounds)), { href: "/rights" }))] : [];
  list.replaceChildren(...rows.flatMap(([name, value]) => [make("dt", "", name), make("dd", "", String(value))]), ...rights);
}

export function drawSteps(group, { status, may_circle }, mayChange) {
  const steps = STEPS.filter(([step]) => may_circle || (step !== "circled" && status !== "circled"));
  const shown = steps.length ? steps : [STEPS.at(-1)];
  group.replaceChildren(...(mayChange ? shown : []).map(([step, label]) => {
    const button = makeButton(label, "status", step);
    button.setAttribute("aria-pressed", String(step === status));
    return button;
  }));
}

// A step of the history: a status, stars, or a place in the cut.
export function stepInWords({ status, stars, place, first, last }, kind, firstFrame) {
  if (status) return STATUSES[status];
  if (stars !== null) return tn("{n} star", "{n} stars", stars);
  if (!place) return t("out of the cut");
  return t("place {place} in the cut, {length}", { place, length: lengthOfSelect({ frame_in: first, frame_out: last }, kind, firstFrame) });
}

export function drawHistory(section, history, kind, firstFrame) {
  section.hidden = !history.length;
  section.querySelector("ol").replaceChildren(...history.map((step) =>
    make("li", "", make("time", "", minute(step.created)), make("span", "", `${step.person}: ${stepInWords(step, kind, firstFrame)}`))));
}

export function drawOthers(box, others, compared) {
  box.replaceChildren(...others.map((side, k) => {
    const button = makeButton("", "compare", side.take);
    const still = side.kind === "still" || side.poster;
    button.append(still ? Object.assign(new Image(), { src: thumbnailOf(side), alt: "", loading: "lazy" }) : KINDS.clip);
    button.setAttribute("aria-label", t("Compare with take {number} of {of}", { number: k + 1, of: others.length }));
    button.setAttribute("aria-pressed", String(side.take === compared));
    return button;
  }));
}
