// A take's picture or clip, loaded before its turn. A verdict counts only for what could be seen, so each says when
// that is: `state` is "loading", "ready" (a picture decoded, a clip with its first frame) or "failed".
import { sidesOf } from "../order.js";

function loadStill(take) {
  const image = Object.assign(new Image(), { src: take.media });
  return [image, image.decode()];
}

function loadClip(take) {
  const options = { muted: true, loop: true, playsInline: true, preload: "auto", src: take.media };
  const video = Object.assign(document.createElement("video"), options);
  if (take.poster) video.poster = take.poster;
  return [video, new Promise((done, fail) => { video.onloadeddata = done; video.onerror = fail; })];
}

// `ended` is given the take once it is ready or has failed.
export function load(take, ended) {
  const [picture, seen] = take.kind === "clip" ? loadClip(take) : loadStill(take);
  picture.draggable = false;
  Object.assign(take, { picture, state: "loading" });
  const end = (state) => {
    if (take.picture !== picture) return;   // loaded again, or let go, meanwhile
    take.state = state;
    ended(take);
  };
  seen.then(() => end("ready"), () => end("failed"));
}

export const isReady = (pair) => sidesOf(pair).every((take) => take.state === "ready");
export const hasFailed = (pair) => sidesOf(pair).some((take) => take.state === "failed");

// A decoder and its frames are dear, and few can be open at once.
export function letGo(pair) {
  for (const take of sidesOf(pair)) {
    const { picture } = take;
    take.picture = take.state = null;
    if (picture instanceof HTMLVideoElement) { picture.removeAttribute("src"); picture.load(); }
  }
}
