// What the demo's guide says: a step of GET /api/guide as a sentence, and what there is to press.
import { count, t, tn } from "../language.js";

export const STEPS = [
  ["judge", t("Judge")],
  ["tune", t("Tune")],
  ["compare", t("Before and after")],
  ["trial", t("Blind trial")],
  ["promote", t("Promote")],
];

const percent = (share) => count(Math.round(100 * share));

// {text, share (of a bar, or null), action: "tune" | "stop" | {label, href} | null}
export function describeStep(guide) {
  return DESCRIBED[guide.step](guide);
}

const DESCRIBED = {
  judge: ({ decided, enough }) => ({
    text: t("Judge pairs: press 1 or 2 for the better take, and keep to one taste. {decided} of {enough}.", { decided: count(decided), enough: count(enough) }),
    share: decided / enough,
    action: { label: t("Review"), href: "/" },
  }),
  tune: ({ night, decided, version }) => (night ? describeNight(night, decided, version) : {
    text: t("Tune the model on your verdicts: run {command} in a terminal.", { command: "circletake nightly" }), share: null, action: null,
  }),
  compare: ({ version }) => ({
    text: t("{version} has learned from your verdicts. See the same prompts before and after.", { version }),
    share: null,
    action: { label: t("Before and after"), href: "/models#before-after" },
  }),
  trial: ({ version, trial_pairs: pairs, trial_left: left }) => ({
    text: t("Is {version} better? Judge its blind pairs among the others. {judged} of {pairs}.", { version, judged: count(pairs - left), pairs: count(pairs) }),
    share: (pairs - left) / pairs,
    action: { label: t("Review"), href: "/" },
  }),
  promote: (guide) => ({ text: resultInWords(guide), share: null, action: { label: t("Models"), href: "/models" } }),
  done: ({ version }) => ({
    text: t("{version} draws every new take from now on. Write a brief and look.", { version }),
    share: null,
    action: { label: t("Briefs"), href: "/briefs" },
  }),
};

function resultInWords({ version, baseline, trial_won: won, trial_judged: judged, proven }) {
  const values = { version, baseline, won: count(won) };
  return proven
    ? tn("{version} won {won} of {n} blind pair against {baseline}. It is proven: put it into production.",
      "{version} won {won} of {n} blind pairs against {baseline}. It is proven: put it into production.", judged, values)
    : tn("{version} won {won} of {n} blind pair against {baseline}. That is no proof: judge more and tune again, or decide yourself.",
      "{version} won {won} of {n} blind pairs against {baseline}. That is no proof: judge more and tune again, or decide yourself.", judged, values);
}

const PARTS = {
  starting: () => t("Tuning begins."),
  learning: (share) => t("The model learns from your verdicts: {percent} %.", { percent: percent(share) }),
  drawing: () => t("Before and after are drawn."),
};

// How a night is going, or that one may begin.
export function describeNight(night, decided = null, version = "") {
  if (night.running) {
    const text = night.stopping ? t("Tuning stops after this step.") : PARTS[night.part](night.share);
    return { text, share: night.part === "learning" ? night.share : null, action: night.stopping || !night.started ? null : "stop" };
  }
  if (night.share > 0) return { text: t("Tuning was interrupted at {percent} %. It goes on where it was.", { percent: percent(night.share) }), share: night.share, action: "tune" };
  return { text: mayBegin(night, decided, version), share: null, action: "tune" };
}

// decided: pairs, or null where nobody counts them.
function mayBegin({ ended }, decided, version) {
  if (ended && !ended.done) return t("Nothing was tuned: {reason}", ended);
  if (decided === null) return t("Tunes a candidate on all judgements, draws before and after, and opens its blind trial.");
  const words = tn("Tune the model on {n} decided pair: it takes some minutes.", "Tune the model on {n} decided pairs: it takes some minutes.", decided);
  return [...(version ? [t("The newest version is {version}.", { version })] : []), words].join(" ");
}

// Before which step one is: 0 to 5.
export function placeOf(step) {
  const place = STEPS.findIndex(([name]) => name === step);
  return place < 0 ? STEPS.length : place;
}
