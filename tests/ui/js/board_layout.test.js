import assert from "node:assert/strict";
import test from "node:test";

import { DEFAULTS, changed, readAddress, writeAddress } from "../../../ui/static/board/address.js";
import { Rows, Wall, between } from "../../../ui/static/board/layout.js";
import { Selection } from "../../../ui/static/board/selection.js";

const shots = (...sizes) => sizes.map((size, n) => ({ code: `S_${n}`, takes: Array.from({ length: size }, (_, k) => 100 * n + k) }));

test("an address is read as it was written, whatever is in it", () => {
  for (const change of [{}, { project: "AGM", view: "wall", sort: "stars" }, { text: "a & b = ? é 東京 #1" }, { status: "approved,circled", stars: "3" }]) {
    const shown = { ...DEFAULTS, ...change };
    assert.deepEqual(readAddress(writeAddress(shown)), shown);
  }
  assert.equal(writeAddress(DEFAULTS), "");
});

test("links of before, and what is no view, are read as well", () => {
  assert.deepEqual(readAddress("?shot=AGM/AGM_010"), { ...DEFAULTS, project: "AGM", shot: "AGM_010" });
  assert.equal(readAddress("?view=list&__proto__=x").view, "rows");
});

test("another project has other filters; other fields leave the rest", () => {
  const shown = { ...DEFAULTS, project: "A", shot: "S", tag: "t", view: "wall", sort: "stars" };
  assert.deepEqual(changed(shown, "project", "B"), { ...DEFAULTS, project: "B", view: "wall", sort: "stars" });
  assert.deepEqual(changed(shown, "tag", ""), { ...shown, tag: "" });
});

test("between two edges lies what touches them", () => {
  assert.deepEqual(between(0, 100, 50, 10), [0, 2]);
  assert.deepEqual(between(-400, 20, 50, 10), [0, 0]);
  assert.deepEqual(between(900, 2000, 50, 10), [10, 9]);
  assert.deepEqual(between(0, 100, 50, 0), [0, -1]);
});

test("a wall has lines of as many cards as fit, and shows those near the view", () => {
  const wall = new Wall(shots(5000, 5000), 1400, 1);
  assert.equal(wall.columns, 7);
  assert.deepEqual(wall.at(8), { x: wall.cardWidth + 10, y: wall.line });
  const [{ first, last }] = wall.visible(100_000, 800);
  assert.ok(wall.at(first).y <= 100_000 && wall.at(last).y >= 100_000 + 800 - wall.line);
  assert.ok(last - first < 60);
  assert.deepEqual(wall.visible(1e9, 800).map(({ first, last }) => last < first), [true]);
  assert.deepEqual([wall.step(0, -1, 0), wall.step(0, 0, 1), wall.step(9999, 1, 0), wall.step(9998, 0, 1)], [0, 7, 9999, 9998]);
  assert.equal(new Wall([], 1400, 1).height, 0);
  assert.equal(new Wall(shots(3), 100, 1).columns, 1);
});

test("rows know where each shot begins, and steps stay in their shot", () => {
  const rows = new Rows(shots(3, 1, 40), 1000, 16 / 9);
  assert.deepEqual([0, 2, 3, 4, 43].map((place) => rows.rowOf(place)), [0, 0, 1, 2, 2]);
  assert.deepEqual([rows.step(2, 1, 0), rows.step(2, 0, 1), rows.step(3, 0, 1), rows.step(43, 0, -1), rows.step(0, 0, -1)], [2, 3, 4, 3, 0]);
  const [one, , three] = rows.visible(0, 2000, (row) => (row === 2 ? 20 * (rows.cardWidth + 10) : 0));
  assert.deepEqual(one, { row: 0, first: 0, last: 2 });
  assert.equal(three.first, 4 + 19);
  assert.ok(three.last < 4 + 28);
});

test("pictures of any shape get a frame that is neither a stripe nor a tower", () => {
  for (const [aspect, low, high] of [[16 / 9, 100, 110], [1, 186, 186], [0.1, 260, 270], [100, 77, 78]]) {
    const height = new Rows(shots(1), 1000, aspect).cardHeight - 116;
    assert.ok(low <= height && height <= high, `${aspect}: ${height}`);
  }
});

test("a range goes from where it began, beside what was selected before", () => {
  const order = [10, 11, 12, 13, 14, 15];
  const selection = new Selection();
  selection.only(1, order);
  selection.extend(3, order);
  assert.deepEqual([...selection.takes], [11, 12, 13]);
  selection.extend(0, order);
  assert.deepEqual([...selection.takes].sort(), [10, 11]);
  selection.toggle(4, order);
  selection.extend(5, order);
  assert.deepEqual([...selection.takes].sort(), [10, 11, 14, 15]);
  selection.toggle(5, order);
  assert.equal(selection.takes.has(15), false);
  selection.clear();
  selection.extend(2, order, 1);
  assert.deepEqual([...selection.takes], [11, 12]);
  selection.all(order);
  assert.equal(selection.size, 6);
});
