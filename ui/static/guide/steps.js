// What the demo's guide says: a step of GET /api/guide as a sentence, and what there is to press.

export const STEPS = [
  ["judge", "Judge"],
  ["tune", "Tune"],
  ["compare", "Before and after"],
  ["trial", "Blind trial"],
  ["promote", "Promote"],
];

const percent = (share) => `${Math.round(100 * share)} %`;

// {text, share (of a bar, or null), action: "tune" | "stop" | {label, href} | null}
export function describeStep(guide) {
  return DESCRIBED[guide.step](guide);
}

const DESCRIBED = {
  judge: ({ decided, enough }) => ({
    text: `Judge pairs: press 1 or 2 for the better take, and keep to one taste. ${decided} of ${enough}.`,
    share: decided / enough,
    action: { label: "Review", href: "/" },
  }),
  tune: ({ night, decided, version }) => (night ? describeNight(night, decided, version) : {
    text: "Tune the model on your verdicts: run circletake nightly in a terminal.", share: null, action: null,
  }),
  compare: ({ version }) => ({
    text: `${version} has learned from your verdicts. See the same prompts before and after.`,
    share: null,
    action: { label: "Before and after", href: "/models#before-after" },
  }),
  trial: ({ version, trial_pairs: pairs, trial_left: left }) => ({
    text: `Is ${version} better? Judge its blind pairs among the others. ${pairs - left} of ${pairs}.`,
    share: (pairs - left) / pairs,
    action: { label: "Review", href: "/" },
  }),
  promote: ({ result, proven }) => ({
    text: proven ? `${result}. It is proven: put it into production.` : `${result}. That is no proof: judge more and tune again, or decide yourself.`,
    share: null,
    action: { label: "Models", href: "/models" },
  }),
  done: ({ version }) => ({
    text: `${version} draws every new take from now on. Write a brief and look.`,
    share: null,
    action: { label: "Briefs", href: "/briefs" },
  }),
};

const PARTS = {
  starting: () => "Tuning begins.",
  learning: (share) => `The model learns from your verdicts: ${percent(share)}.`,
  drawing: () => "Before and after are drawn.",
};

// How a night is going, or that one may begin.
export function describeNight(night, decided = null, version = "") {
  if (night.running) {
    const text = night.stopping ? "Tuning stops after this step." : PARTS[night.part](night.share);
    return { text, share: night.part === "learning" ? night.share : null, action: night.stopping || !night.started ? null : "stop" };
  }
  if (night.share > 0) return { text: `Tuning was interrupted at ${percent(night.share)}. It goes on where it was.`, share: night.share, action: "tune" };
  if (night.ended && !night.ended.done) return { text: `Nothing was tuned: ${night.ended.reason}`, share: null, action: "tune" };
  if (decided === null) return { text: "Tunes a candidate on all judgements, draws before and after, and opens its blind trial.", share: null, action: "tune" };
  const words = decided === 1 ? "1 decided pair" : `${decided} decided pairs`;
  const again = version ? `The newest version is ${version}. ` : "";
  return { text: `${again}Tune the model on ${words}: it takes some minutes.`, share: null, action: "tune" };
}

// Before which step one is: 0 to 5.
export function placeOf(step) {
  const place = STEPS.findIndex(([name]) => name === step);
  return place < 0 ? STEPS.length : place;
}
