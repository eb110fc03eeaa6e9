// How many pixels of a take the screen shows, and which file has as many. A take's own pixels are loaded when it is brought
// near, on a screen that shows more of them, and when single pixels are looked at; else a smaller picture is enough.

export const WHOLE = Infinity;

const longer = ({ width, height }) => Math.max(width, height);

// Of its longer side, in a box of CSS px that it fills. ratio: pixels of the screen to one of CSS.
export function shownPixels(take, box, zoom, ratio) {
  return Math.ceil(longer(take) * Math.min(box.width / take.width, box.height / take.height) * zoom * ratio);
}

// A difference, and light, make visible what a smaller picture leaves out.
export const enlargesErrors = ({ mode, stops, gamma }) => mode === "difference" || stops !== 0 || gamma !== 1;

export function neededPixels(take, box, view, ratio) {
  return enlargesErrors(view) ? WHOLE : shownPixels(take, box, view.zoom, ratio);
}

// The longest side of the smallest file that has so many pixels; the take's own where none has.
export const sideFor = (take, needed) => (take.screen_sides ?? []).find((side) => side >= needed) ?? longer(take);
export const addressFor = (take, side) => (side < longer(take) ? `${take.media}?longest=${side}` : take.media);

// What lists show of it: a clip's first frame, and of a large still a thumbnail.
export const thumbnailOf = ({ kind, poster, media, screen_sides: sides }) => poster || (kind === "still" && sides?.length ? `${media}?thumbnail=true` : media);

// The size of the take that an element shows, whichever file it has loaded.
export function sizeOf(picture) {
  const own = (name) => (picture.tagName === "IMG" ? Number(picture.getAttribute(name)) : 0);
  return {
    width: own("width") || picture.naturalWidth || picture.videoWidth || 0,
    height: own("height") || picture.naturalHeight || picture.videoHeight || 0,
  };
}
