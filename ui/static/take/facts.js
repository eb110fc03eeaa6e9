// What the page says of a take beside its picture.
import { make, makeButton } from "../review/dom.js";
import { dayOf } from "./threads.js";

const FEW = 20;   // takes of a shot, below which a share says less than a place

export const STEPS = [["wip", "WIP"], ["needs_retake", "Retake"], ["approved", "OK"], ["circled", "◯ Circled"]];

// [name, value] of what is known of how it was made.
export function madeOf({ prompt, negative_prompt, kind, width, height, frames, fps, steps, guidance, seed, version, author }) {
  const clip = kind === "clip" ? [["Length", `${frames} frames at ${fps}`]] : [];
  const own = [["Seed", seed], ["Version", version]].filter(([, value]) => value !== null);
  return [
    ["Prompt", prompt], ...(negative_prompt ? [["Not", negative_prompt]] : []), ["Size", `${width} x ${height}`], ...clip,
    ["Steps", steps], ["Guidance", guidance], ...own, ["Brief by", author],
  ];
}

// first: the number of a clip's first frame.
export function cutInWords({ frame_in, frame_out, position, of }, kind, first) {
  const place = position === 1 ? "The pick" : `Alternate ${position - 1}`, among = of > 1 ? ` of ${of} selects` : "";
  const count = frame_out - frame_in + 1;
  if (kind === "still") return `${place}${among} · held ${count === 1 ? "one second" : `${count} frames`}`;
  return `${place}${among} · ${frame_in + first}–${frame_out + first}, ${count} frames`;
}

// reward: what the newest reward model gives to the take, or null where it is none of the person's business.
export function rewardInWords({ reward, place, scored, created, run, accuracy }) {
  const model = `by the model of ${dayOf(created)} (run ${run}, right in ${Math.round(100 * accuracy)} % of verdicts)`;
  if (reward === null) return `Not scored yet ${model}`;
  const share = Math.max(1, Math.round((100 * place) / scored));
  const standing = scored < FEW ? `place ${place} of ${scored} in this shot` : `the top ${share} % of this shot`;
  const among = scored > 1 ? `, ${standing},` : "";
  return `${reward.toFixed(1).replace("-", "−")}${among} ${model}`;
}

export function drawMade(list, made, reward = null) {
  const rows = [...madeOf(made), ...(reward ? [["Reward", rewardInWords(reward)]] : [])];
  list.replaceChildren(...rows.flatMap(([name, value]) => [make("dt", "", name), make("dd", "", String(value))]));
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

export function drawHistory(section, history) {
  section.hidden = !history.length;
  section.querySelector("ol").replaceChildren(...history.map(({ person, what, created }) =>
    make("li", "", make("time", "", dayOf(created)), make("span", "", `${person}: ${what}`))));
}

export function drawOthers(box, others, compared) {
  box.replaceChildren(...others.map((side, k) => {
    const button = makeButton("", "compare", side.take);
    const still = side.kind === "still" || side.poster;
    button.append(still ? Object.assign(new Image(), { src: side.poster || side.media, alt: "", loading: "lazy" }) : "clip");
    button.setAttribute("aria-label", `Compare with take ${k + 1} of ${others.length}`);
    button.setAttribute("aria-pressed", String(side.take === compared));
    return button;
  }));
}
