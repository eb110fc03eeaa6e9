// What a brief starts from: which files a model takes for which kind, and when there is a strength.
import assert from "node:assert/strict";
import { test } from "node:test";
import { kindOf, sourceOf } from "../../../ui/static/briefs/chooser.js";
import { acceptedOf, hasStrength, takesPlate } from "../../../ui/static/briefs/source.js";
import { sourceWords } from "../../../ui/static/briefs/words.js";

test("files that the model can start from", () => {
  assert.equal(acceptedOf(["image_to_image", "video_to_video"], "still"), "image/png,image/jpeg,image/webp");
  assert.equal(acceptedOf(["image_to_image", "video_to_video"], "clip"), "video/mp4");
  assert.equal(acceptedOf(["inpaint"], "still"), "image/png,image/jpeg,image/webp");
  assert.equal(acceptedOf(["first_frame"], "clip"), "image/png,image/jpeg,image/webp");
  assert.equal(acceptedOf(["first_frame"], "still"), "");
  assert.equal(acceptedOf([], "clip"), "");
});

test("a shot's plate is offered where the model can start from its kind", () => {
  assert.equal(takesPlate("image/png,image/jpeg,image/webp", { is_clip: false }), true);
  assert.equal(takesPlate("image/png,image/jpeg,image/webp", { is_clip: true }), false);
  assert.equal(takesPlate("video/mp4", { is_clip: true }), true);
  assert.equal(takesPlate("", { is_clip: false }), false);
  assert.equal(takesPlate("video/mp4", null), false);
});

test("a first frame is kept as it is, and nothing has no strength", () => {
  assert.equal(hasStrength(null, "still"), false);
  assert.equal(hasStrength({ frames: 1 }, "still"), true);
  assert.equal(hasStrength({ frames: 1 }, "clip"), false);
  assert.equal(hasStrength({ frames: null }, "clip"), true);
});

test("the library shows what the model can start from", () => {
  assert.equal(kindOf("image/png,image/jpeg,image/webp"), "still");
  assert.equal(kindOf("video/mp4"), "clip");
  assert.equal(kindOf("image/png,video/mp4"), "");
  assert.equal(kindOf(""), null);
});

test("a library item is named by its content and shown by its small picture", () => {
  const item = { id: 7, media: "ab", picture: "/api/library/items/7/picture", width: 1024, height: 576, kind: "clip", caption: "a quay" };
  const source = sourceOf(item);
  assert.deepEqual(source, { sha256: "ab", item: 7, media: item.picture, width: 1024, height: 576, is_clip: true });
  assert.equal(sourceWords(source), "from the library, a clip of 1024x576");
});

test("sources in words", () => {
  assert.equal(sourceWords({ width: 64, height: 32, is_clip: false, mask: false }), "from a still, 64x32");
  assert.equal(sourceWords({ width: 64, height: 32, is_clip: true, mask: false }), "from a clip, 64x32");
  assert.equal(sourceWords({ width: 64, height: 32, is_clip: false, mask: true }), "from a still with a mask, 64x32");
});
