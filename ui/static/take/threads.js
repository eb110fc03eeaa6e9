// Notes in threads: read, answered, resolved, edited, taken back.
import { minute, t } from "../language.js";
import { make, makeButton } from "../review/dom.js";
import { describeFrames } from "../review/annotations/note_frames.js";

// Open threads before resolved ones, each in the order they were begun.
export const inOrder = (threads) => [...threads].sort((a, b) => Number(a.resolved) - Number(b.resolved));

// Frames of the notes that get a mark on the scrub bar: a resolved thread needs none.
export const framesOnBar = (threads) => threads.filter((each) => !each.resolved).map((each) => each.frames).filter(Boolean);

function noteLine(note, firstFrame, extra = []) {
  const who = make("span", "ct-by", note.author, make("time", "", minute(note.created)));
  const where = note.frames ? [makeButton(describeFrames(note.frames, firstFrame), "to-frame", note.frames[0])] : [];
  const text = note.taken_back ? make("em", "", t("taken back")) : make("span", "ct-words", note.text);
  const edited = note.edited && !note.taken_back ? [make("span", "ct-quiet", t("edited"))] : [];
  const fix = note.region && !note.taken_back ? [makeButton(t("Fix this"), "fix", note.id)] : [];
  const own = note.mine && !note.taken_back ? [makeButton(t("Edit"), "edit", note.id), makeButton(t("Take back"), "take-back", note.id)] : [];
  return make("div", "ct-note-line", who, text, make("span", "ct-tools", ...where, ...edited, ...fix, ...extra, ...own));
}

function threadItem(thread, firstFrame) {
  const resolve = makeButton(thread.resolved ? t("Open again") : t("Resolve"), thread.resolved ? "reopen" : "resolve", thread.id);
  const by = thread.resolved ? [make("span", "ct-quiet", t("resolved by {name}", { name: thread.resolved_by }))] : [];
  const line = noteLine(thread, firstFrame, [...by, makeButton(t("Answer"), "answer", thread.id), resolve]);
  const replies = thread.replies.map((reply) => make("li", "", noteLine(reply, firstFrame)));
  const item = make("li", thread.resolved ? "ct-resolved" : "", line, ...(replies.length ? [make("ul", "", ...replies)] : []));
  item.dataset.thread = thread.id;
  return item;
}

export function drawThreads(list, threads, firstFrame) {
  list.replaceChildren(...inOrder(threads).map((thread) => threadItem(thread, firstFrame)));
}

export const findNote = (threads, id) =>
  threads.flatMap((thread) => [thread, ...thread.replies]).find((note) => String(note.id) === String(id));
