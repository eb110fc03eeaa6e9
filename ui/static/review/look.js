// Whether a verdict can be about what is on the stage. Nobody sees two pictures and answers at once, the second click of a
// double click was meant for the pair before, and a clip is not judged by its first frame.
import { t } from "../language.js";
const wasPlayed = ({ kind, picture }) => {
  if (kind !== "clip" || !picture?.played || picture.dataset?.stepped) return true;
  const { played } = picture;
  return Array.from({ length: played.length }, (_, k) => played.end(k) - played.start(k)).some((seconds) => seconds > 0);
};

export class Look {
  since = 0;   // when both takes could be seen
  // shortest: ms that they must have been on screen.
  constructor(shortest) {
    this.shortest = shortest;
  }

  // again: the person has seen the pair before, and knows what they want.
  begin(again = false, now = performance.now()) {
    this.since = again ? now - this.shortest : now;
  }

  // Never 0, which would say that nobody measured it.
  elapsed(now = performance.now()) {
    return Math.max(1, now - this.since);
  }

  // Why a verdict on these takes is not taken, or "". clicks: how often the button was clicked in a row, 0 for a key.
  refuse(takes, verdict, clicks = 0, now = performance.now()) {
    if (clicks > 1 || now - this.since < this.shortest) return t("that was too quick: look, then judge");
    if (verdict === "skip" || takes.every(wasPlayed)) return "";
    return t("the clips have not been played: {key} plays them", { key: t("Space") });
  }
}
