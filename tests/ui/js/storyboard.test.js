// Storyboards: where a dragged panel comes, how long a board is, how long a panel may last.
import assert from "node:assert/strict";
import { test } from "node:test";
import { boardWords, mostHeld, placeBeside } from "../../../ui/static/storyboard/panels.js";

const BOX = { left: 100, width: 200 };

test("a dragged panel comes before or behind the one that it is over", () => {
  assert.equal(placeBeside(BOX, 110, 3, 5), 3, "the left half: before it");
  assert.equal(placeBeside(BOX, 290, 3, 5), 4, "the right half: behind it");
  assert.equal(placeBeside(BOX, 110, 3, 1), 2, "from before: those between move up");
  assert.equal(placeBeside(BOX, 290, 3, 1), 3);
  assert.equal(placeBeside(BOX, 110, 3, 3), 3, "over itself it stays");
  assert.equal(placeBeside(BOX, 290, 3, 3), 3);
  assert.equal(placeBeside(BOX, 290, 2, 3), 3, "behind the one before it, it stays");
});

test("a board is as long as its panels", () => {
  assert.equal(boardWords([]), "");
  assert.equal(boardWords([{ seconds: 1.5 }]), "1 panel, 1.5 s");
  assert.equal(boardWords([{ seconds: 1.5 }, { seconds: 2 }]), "2 panels, 3.5 s");
});

test("a clip lasts to its end at most", () => {
  assert.equal(mostHeld({ side: { kind: "clip", frames: 17 }, frame: 5 }), 12);
  assert.equal(mostHeld({ side: { kind: "still", frames: 1 }, frame: 0 }), 100000);
});
