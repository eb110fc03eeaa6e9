// A take's picture or clip, loaded before its turn. A verdict counts only for what could be seen, so each says when
// that is: `state` is "loading", "ready" (a picture decoded, a clip with its first frame) or "failed".
import { sidesOf } from "../order.js";
import { WHOLE, addressFor, sideFor } from "./detail.js";

// The file of a still that has so many pixels on its longer side. It is laid out as the take's own would be.
function loadStill(take, side) {
  const { width, height } = take, isWhole = side >= Math.max(width, height);
  const image = Object.assign(new Image(width, height), { src: addressFor(take, side), draggable: false, className: isWhole ? "" : "ct-fewer" });
  image.dataset.side = side;
  return [image, image.decode()];
}

function loadClip(take) {
  const options = { muted: true, loop: true, playsInline: true, preload: "auto", src: take.media };
  const video = Object.assign(document.createElement("video"), options);
  if (take.poster) video.poster = take.poster;
  return [video, new Promise((done, fail) => { video.onloadeddata = done; video.onerror = fail; })];
}

// `ended` is given the take once it is ready or has failed. needed: pixels that the screen shows of its longer side.
export function load(take, ended, needed = WHOLE) {
  const [picture, seen] = take.kind === "clip" ? loadClip(take) : loadStill(take, sideFor(take, needed));
  picture.draggable = false;
  Object.assign(take, { picture, state: "loading" });
  const end = (state) => {
    if (take.picture !== picture) return;   // loaded again, or let go, meanwhile
    take.state = state;
    ended(take);
  };
  seen.then(() => end("ready"), () => end("failed"));
}

// Whether as many pixels are loaded as the screen shows, or cannot be.
export function hasDetail(take, needed) {
  if (take.kind === "clip" || !take.picture) return true;
  const side = sideFor(take, needed), { side: loaded, failed = 0 } = take.picture.dataset;
  return side <= Math.max(Number(loaded), Number(failed));
}

// Whether it had to do with fewer.
export const lacksDetail = (take, needed) => take.kind !== "clip" && Boolean(take.picture?.dataset.failed) && sideFor(take, needed) > Number(take.picture.dataset.side);

// A file with more pixels takes the place of the one on screen, once it is decoded: nothing is blank meanwhile. `ended` is
// called then, or when it could not be loaded.
export function sharpen(take, needed, ended) {
  const side = sideFor(take, needed);
  if (take.state !== "ready" || hasDetail(take, needed) || Number(take.picture.dataset.coming) >= side) return;
  take.picture.dataset.coming = side;
  const [image, seen] = loadStill(take, side);
  const end = (isThere) => {
    const { picture } = take;
    if (take.state !== "ready" || Number(picture.dataset.side) >= side) return;   // let go, or a larger one came first
    if (isThere) {
      Object.assign(image.dataset, { ...picture.dataset, side });
      image.alt = picture.alt;
      picture.replaceWith(image);
      take.picture = image;
    } else {
      picture.dataset.failed = side;
      picture.dataset.coming = 0;
    }
    ended();
  };
  seen.then(() => end(true), () => end(false));
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
