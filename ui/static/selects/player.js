// One player for the whole cut: each pick from its in to its out, stills held as long as the edit holds them. The next one
// is loaded, and stands at its in, before its turn.
import { t } from "../language.js";
import { make } from "../review/dom.js";
import { neededPixels } from "../review/stage/detail.js";
import { load, sharpen } from "../review/stage/loading.js";
import { frameAt, timeOf } from "../review/stage/frames.js";
import { PLAIN } from "../review/stage/view.js";
import { itemAt, startsOf } from "./cut_times.js";

const NEAR = 1;   // items before and after the one on screen that stay loaded

export class CutPlayer {
  items = [];
  index = 0;
  offset = 0;         // seconds into the item on screen
  isPlaying = false;
  before = 0;         // moment of the last tick
  awaited = 0;        // frame of the clip on screen to go to once it is loaded

  // changed: is called whenever something else is shown.
  constructor(stage, changed, signal) {
    Object.assign(this, { stage, changed });
    signal.addEventListener("abort", () => this.pause());
  }

  get item() { return this.items[this.index]; }
  get moment() { return (startsOf(this.items)[this.index] ?? 0) + this.offset; }
  get isClip() { return this.item?.side.kind === "clip"; }
  // The frame on screen, of the take's own from 0.
  get frame() {
    if (!this.isClip) return 0;
    const { side } = this.item;
    return side.state === "ready" ? frameAt(side.picture.currentTime, side.fps) : this.awaited;
  }

  // What was loaded stays so where the same take is still there, and the frame on screen stays where it is.
  set(items, index = 0) {
    const known = new Map(this.items.map(({ side }) => [side.media, side])), { item: shown, frame } = this;
    this.items = items.map((item) => ({ ...item, side: known.get(item.side.media) ?? item.side }));
    const next = this.items[index];
    if (!next || next.side !== shown?.side) return this.go(index);
    this.index = index;
    if (this.isClip) this.offset = Math.max(0, (frame - next.frame_in) / next.side.fps);
    this.offset = Math.min(this.offset, next.seconds);
    this.keepNear();
    return this.changed();
  }

  go(index, offset = 0) {
    this.index = Math.max(0, Math.min(index, this.items.length - 1));
    this.offset = Math.min(offset, this.item?.seconds ?? 0);
    this.keepNear();
    this.draw();
    if (!this.item) return;
    this.seekTo(this.item, this.item.frame_in + Math.floor(this.offset * this.item.side.fps));
    if (this.isPlaying) this.start();
    this.changed();
  }

  goTo(moment) {
    const { index, offset } = itemAt(this.items, moment);
    this.go(index, offset);
  }

  keepNear() {
    this.items.forEach((item, k) => {
      const { side } = item, isNear = Math.abs(k - this.index) <= NEAR;
      if (isNear && !side.picture) load(side, () => this.ready(side), this.needed(side));
      else if (!isNear && side.picture) this.letGo(side);
    });
  }

  needed(side) {
    return neededPixels(side, { width: this.stage.clientWidth, height: this.stage.clientHeight }, PLAIN, devicePixelRatio);
  }

  letGo(side) {
    const { picture } = side;
    side.picture = side.state = null;
    if (picture instanceof HTMLVideoElement) { picture.removeAttribute("src"); picture.load(); }
  }

  ready(side) {
    const item = this.items.find((each) => each.side === side);
    if (item && side.picture instanceof HTMLVideoElement) {
      side.picture.loop = false;
      this.seekTo(item, item === this.item ? this.awaited : item.frame_in);
    }
    if (item && item === this.item) {
      this.draw();
      if (this.isPlaying) this.start();
      this.changed();
    }
  }

  seekTo(item, frame) {
    if (item === this.item) this.awaited = frame;
    if (item.side.kind === "clip" && item.side.state === "ready") item.side.picture.currentTime = timeOf(frame, item.side.fps);
  }

  draw() {
    const { item } = this;
    if (!item) return this.stage.replaceChildren(make("div", "ct-empty", make("b", "", t("Nothing is circled in this sequence"))));
    if (item.side.picture) item.side.picture.alt = t("the select on screen");
    sharpen(item.side, this.needed(item.side), () => {});   // the stage may be larger than when it was loaded
    const box = make("div", "ct-side", item.side.picture ?? "");
    if (item.side.state !== "ready") box.append(make("div", "ct-unseen", item.side.state === "failed" ? t("Could not be loaded") : t("Loading")));
    return this.stage.replaceChildren(box);
  }

  toggle() { return this.isPlaying ? this.pause() : this.play(); }

  play() {
    if (!this.item) return;
    this.isPlaying = true;
    if (this.index === this.items.length - 1 && this.offset >= this.item.seconds - 0.05) this.go(0);
    this.start();
    this.changed();
  }

  start() {
    this.before = performance.now();
    if (this.isClip && this.item.side.state === "ready") this.item.side.picture.play().catch(() => {});
    cancelAnimationFrame(this.request);
    this.request = requestAnimationFrame((now) => this.tick(now));
  }

  pause() {
    this.isPlaying = false;
    cancelAnimationFrame(this.request);
    if (this.isClip) this.item.side.picture?.pause();
    this.changed();
  }

  // Once for each frame of the screen.
  tick(now) {
    if (!this.isPlaying || !this.item || !this.stage.isConnected) return;
    const { side, frame_in, frame_out, seconds } = this.item, isReady = side.state === "ready";
    const passed = Math.max(0, now - this.before) / 1000;
    this.before = now;
    if (this.isClip && isReady) this.offset = Math.max(0, side.picture.currentTime - frame_in / side.fps);
    else if (isReady) this.offset += passed;
    const isOver = this.isClip ? isReady && (this.frame > frame_out || side.picture.ended) : this.offset >= seconds;
    if (isOver || side.state === "failed") return this.next();
    this.changed();
    this.request = requestAnimationFrame((then) => this.tick(then));
  }

  next() {
    if (this.isClip) this.item.side.picture?.pause();
    if (this.index < this.items.length - 1) return this.go(this.index + 1);
    if (this.isClip) this.seekTo(this.item, this.item.frame_out);   // a slow machine has shown frames beyond it
    this.offset = this.item.seconds;
    return this.pause();
  }

  // Frame by frame through all of a clip, beyond its in and out too.
  step(by) {
    this.pause();
    if (!this.isClip) return;
    const { side, frame_in } = this.item, frame = Math.min(side.frames - 1, Math.max(0, this.frame + by));
    this.seekTo(this.item, frame);
    this.offset = Math.max(0, (frame - frame_in) / side.fps);
    this.changed();
  }
}
