// Which verdicts cannot be about the pair on the stage.
import assert from "node:assert/strict";
import { test } from "node:test";

import { Look } from "../../../ui/static/review/look.js";

const ranges = (...spans) => ({ length: spans.length, start: (k) => spans[k][0], end: (k) => spans[k][1] });
const still = { kind: "still", picture: {} };
const clip = (...spans) => ({ kind: "clip", picture: { played: ranges(...spans) } });
const seen = (shortest = 150) => { const look = new Look(shortest); look.begin(false, 1000); return look; };

test("a verdict sooner than anybody can react is not taken", () => {
  const look = seen(), takes = [still, still];
  for (const verdict of ["left", "right", "tie", "both_bad", "skip"]) {
    for (const [now, taken] of [[1003, false], [1149, false], [1150, true], [9000, true]]) {
      assert.equal(look.refuse(takes, verdict, 0, now) === "", taken, `${verdict} after ${now - 1000} ms`);
    }
  }
  assert.equal(seen(0).refuse(takes, "left", 0, 1000), "", "a studio may set it to nothing");
});

test("a pair that was taken back may be judged at once", () => {
  const look = new Look(150);
  look.begin(true, 1000);
  assert.equal(look.refuse([still, still], "right", 0, 1001), "");
});

test("the second click of a double click was for the pair before", () => {
  const look = seen(), takes = [still, still];
  assert.equal(look.refuse(takes, "left", 1, 1300), "");
  assert.match(look.refuse(takes, "left", 2, 1300), /too quick/);
});

test("a clip that was not played is not judged, and may be skipped", () => {
  const look = seen();
  for (const takes of [[clip(), clip()], [clip([0, 1]), clip()], [clip([0, 0]), still]]) {
    assert.match(look.refuse(takes, "left", 0, 2000), /not been played/);
    assert.equal(look.refuse(takes, "skip", 0, 2000), "");
  }
  const stepped = { kind: "clip", picture: { played: ranges(), dataset: { stepped: "true" } } };
  assert.equal(look.refuse([stepped, stepped], "left", 0, 2000), "", "gone through frame by frame");
  assert.equal(look.refuse([clip([0, 0.2]), clip([0, 0], [0, 0.1])], "left", 0, 2000), "");
});

test("the time that somebody looked is never 0", () => {
  assert.equal(seen().elapsed(1000), 1);
  assert.equal(seen().elapsed(1700), 700);
});
