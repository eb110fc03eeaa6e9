// What the page Rights says of what is allowed, missing and touched; and what a person is told of their own agreement.
import assert from "node:assert/strict";
import { test } from "node:test";

import { followsOf as followsWithdrawal, needsAnswer, standingOf } from "../../../ui/static/agreeing.js";
import { absentOf, allowsOf, countsOf, daysOf, followsOf, isOver, left, plateRulesOf, takesOf, underOf } from "../../../ui/static/rights/words.js";
import { groundsInWords } from "../../../ui/static/take/facts.js";

test("days are told as far as they are limited", () => {
  assert.equal(daysOf({ starts: null, ends: null }), "always");
  assert.equal(daysOf({ starts: null, ends: "2026-12-01" }), "until 2026-12-01");
  assert.equal(daysOf({ starts: "2026-11-27", ends: null }), "from 2026-11-27");
  assert.equal(daysOf({ starts: "2026-11-27", ends: "2026-12-01" }), "2026-11-27 to 2026-12-01");
  assert.equal(allowsOf({ uses: ["drawing"], projects: ["AGM"], starts: null, ends: null }), "takes are drawn with it · only in AGM · always");
});

test("what nothing was signed for is told", () => {
  assert.match(allowsOf({ uses: ["drawing"], projects: [], starts: null, ends: null, document: null }), / · without a signed paper$/);
  assert.doesNotMatch(allowsOf({ uses: ["drawing"], projects: [], starts: null, ends: null, document: "0f" }), /paper/);
});

test("what has run out is told, from the day after its last one", () => {
  assert.match(allowsOf({ uses: ["drawing"], projects: [], starts: null, ends: "2020-01-01" }, "2026-11-27"), / · has run out$/);
  assert.deepEqual([isOver({ ends: "2026-11-27" }, "2026-11-27"), isOver({ ends: "2026-11-27" }, "2026-11-28"), isOver({ ends: null }, "2026-11-28")], [false, true, false]);
});

test("what projects do with plates without a licence is one line for each rule", () => {
  assert.equal(plateRulesOf({}), "");
  assert.equal(plateRulesOf({ A: "refuse", B: "refuse", C: "list" }), "Plates without a licence are refused in A, B. Plates without a licence may be started from in C, and are listed here.");
});

test("what is missing is a person's consent or a licence", () => {
  assert.equal(absentOf({ what: "plate", name: "0123456789abcdef", subject: null }), "a licence of the plate 0123456789ab");
  assert.equal(absentOf({ what: "consent", name: "Ada", subject: "likeness" }), "a consent of Ada to be drawn with their likeness");
  assert.equal(absentOf({ what: "licence", name: "Archive", subject: null }), "the licence Archive does not allow it");
});

test("only what there is is counted", () => {
  const counts = { briefs: 1, runs: 1, versions: 1, takes: 1234, selects: 0, items: 0 };
  assert.equal(countsOf({ counts }), "On it rest: 1 version, 1,234 takes.");
  assert.equal(countsOf({ counts: { versions: 0, takes: 0, selects: 0, items: 0 } }), "Nothing rests on it.");
  assert.equal(takesOf({ waiting: 1, drawn: 0 }), "1 waits");
  assert.equal(takesOf({ waiting: 0, drawn: 0 }), "none yet");
  assert.equal(underOf({ titles: ["Harbour"], frames: 2, files: 0 }), "Harbour · 2 library frames");
  assert.deepEqual([left(2, 5), left(2, 2)], ["and 3 more", ""]);
});

test("what follows is told where something does", () => {
  assert.equal(followsOf({ production: "starter", previous: null, is_retuned: false }), "");
  assert.equal(followsOf({ production: "v0001", previous: "v0002", is_retuned: true }), "v0001 draws instead of v0002. The next night tunes again without it.");
  assert.equal(followsOf({ production: null, previous: "v0002", is_retuned: false }), "No version may draw now: add one and promote it.");
});

test("who has not answered where the studio asks is asked, and nobody else", () => {
  assert.deepEqual([{ is_asked: true, agreed: null }, { is_asked: false, agreed: null }, { is_asked: true, agreed: false }].map(needsAnswer), [true, false, false]);
  assert.equal(standingOf({ is_asked: false, agreed: null }), "You were not asked: the model learns from your judgements.");
  assert.match(standingOf({ is_asked: true, agreed: false, since: "2026-11-27T10:00:00" }), /^Since 2026-11-27 the model does not learn/);
  assert.match(followsWithdrawal({ runs: 2, follows: { production: "starter", previous: "v0001", is_retuned: true } }), /^2 tunings had learned .* starter draws instead of v0001/);
  assert.equal(followsWithdrawal({ runs: 0, follows: null }), "");
});

test("a take says on whose permission it rests", () => {
  assert.equal(groundsInWords({ people: ["Ada"], consents: [1, 3], licences: ["Archive"], is_missing: false }), "Ada · consents 1, 3 · licence Archive");
  assert.equal(groundsInWords({ people: ["Ada"], consents: [], licences: [], is_missing: true }), "Ada · a consent or licence is missing today");
});
