import assert from "node:assert/strict";
import test from "node:test";

import { Pictures } from "../../../ui/static/board/pictures.js";

const frames = [];
globalThis.requestAnimationFrame = (act) => frames.push(act);
const nextFrame = () => { for (const act of frames.splice(0)) act(); };

function image() {
  const attributes = new Map();
  return {
    isConnected: true,
    get src() { return attributes.get("src"); },
    set src(address) { attributes.set("src", address); },
    hasAttribute: (name) => attributes.has(name),
    removeAttribute: (name) => attributes.delete(name),
  };
}

const loading = (images) => images.filter(({ src }) => src).length;

test("pictures are loaded two a frame and six at once", () => {
  const pictures = new Pictures();
  const images = Array.from({ length: 20 }, image);
  images.forEach((each, n) => pictures.want(each, `/${n}`));
  const counts = Array.from({ length: 5 }, () => { nextFrame(); return loading(images); });
  assert.deepEqual(counts, [2, 4, 6, 6, 6]);
  images[0].onload();
  nextFrame();
  assert.equal(loading(images), 7);
});

test("what was scrolled past is not loaded, and what is loaded meanwhile ends", () => {
  const pictures = new Pictures();
  const images = Array.from({ length: 10 }, image);
  images.forEach((each, n) => pictures.want(each, `/${n}`));
  nextFrame();
  images.forEach((each) => pictures.drop(each));
  for (let n = 0; n < 5; n += 1) nextFrame();
  assert.equal(loading(images), 0);
});

test("images that get other pictures while they load keep no place", () => {
  const pictures = new Pictures();
  const images = Array.from({ length: 6 }, image);
  images.forEach((each, n) => pictures.want(each, `/${n}`));
  for (let n = 0; n < 4; n += 1) nextFrame();
  images.forEach((each, n) => pictures.want(each, `/other ${n}`));
  for (let n = 0; n < 4; n += 1) nextFrame();
  assert.deepEqual(images.map(({ src }) => src), images.map((_, n) => `/other ${n}`));
});

test("what was loaded once is there at once", () => {
  const pictures = new Pictures();
  const [one, again] = [image(), image()];
  pictures.want(one, "/1");
  nextFrame();
  one.onload();
  pictures.want(again, "/1");
  assert.equal(again.src, "/1");
});
