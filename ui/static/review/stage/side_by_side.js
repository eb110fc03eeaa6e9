// Two takes beside each other.
import { make, makeButton } from "../dom.js";

const NUMBERS = { left: "1", right: "2" };
const APART = 0.06;   // seconds that two clips may be out of step

function retryButton() {
  const button = makeButton("Retry", "load", "");
  button.prepend(make("kbd", "", "R"));
  return button;
}

function unseenBox(take, number, slow) {
  if (take.state === "failed") return make("div", "ct-unseen", `Could not load take ${number}`, retryButton());
  const line = slow ? `Take ${number} is still loading; S skips the pair` : `Loading take ${number}`;
  return make("div", "ct-unseen", line);
}

function sideBox(take, name, slow) {
  const box = make("div", "ct-side", take.picture, make("span", "ct-corner", NUMBERS[name]));
  take.picture.alt = `${name} take`;
  box.dataset.side = name;
  if (take.state !== "ready") box.append(unseenBox(take, NUMBERS[name], slow));
  return box;
}

function keepInStep(stage) {
  const [a, b] = stage.querySelectorAll(".ct-side video");
  if (!a || !b || !a.requestVideoFrameCallback) return;
  const step = (now, frame) => {
    if (!a.isConnected) return;
    if (Math.abs(b.currentTime - frame.mediaTime) > APART) b.currentTime = frame.mediaTime;
    a.requestVideoFrameCallback(step);
  };
  a.requestVideoFrameCallback(step);
}

// `slow`: whether the person has waited so long that they may skip what they cannot see.
export function drawPair(stage, pair, slow) {
  stage.replaceChildren(sideBox(pair.left, "left", slow), sideBox(pair.right, "right", slow));
  stage.querySelectorAll(".ct-side video").forEach((video) => video.play().catch(() => {}));
  keepInStep(stage);
}

export function playOrPause(stage) {
  const clips = [...stage.querySelectorAll(".ct-side video")];
  const plays = clips.some((clip) => !clip.paused);
  for (const clip of clips) if (plays) clip.pause(); else clip.play().catch(() => {});
}

export function outline(stage, side) {
  stage.querySelectorAll(".ct-side").forEach((box) => box.classList.toggle("ct-focus", box.dataset.side === side));
}
