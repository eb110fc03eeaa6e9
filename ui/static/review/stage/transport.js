// The clips of a pair played together, frame by frame: the first one leads, the other follows within half a frame.
import { t } from "../../language.js";
import { backwards, faster, frameAt, playedRange, scaled, stepped, timeOf, timecode } from "./frames.js";

export class Transport {
  clips = [];        // the video elements on the stage, the leading one first
  fps = 24;
  frames = 1;
  rate = 0;          // 0 stands still; below 0 plays back
  marks = { markIn: null, markOut: null };
  timer = null;      // of playing back, which browsers cannot
  drawn = () => {};  // is called whenever another frame is shown

  // firstFrame: the number of a clip's first frame.
  constructor(root, firstFrame, signal) {
    Object.assign(this, { root, firstFrame });
    this.bar = root.querySelector(".ct-transport");
    this.slider = this.bar.querySelector("input");
    this.slider.addEventListener("input", () => this.seek(Number(this.slider.value)), { signal });
    signal.addEventListener("abort", () => this.stopBack());
  }

  get range() { return playedRange({ ...this.marks, frames: this.frames }); }
  get frame() { return this.clips.length ? Math.min(frameAt(this.clips[0].currentTime, this.fps), this.frames - 1) : 0; }

  // `takes`: those of the pair on the stage. What was marked goes with the pair.
  attach(pair, takes) {
    const clips = takes.filter((take) => take.kind === "clip" && take.picture).map((take) => take.picture);
    const isSame = clips.length === this.clips.length && clips.every((clip, k) => clip === this.clips[k]);
    if (!isSame) this.take(clips, takes.filter((take) => take.kind === "clip"));
    this.bar.classList.toggle("ct-on", clips.length > 0);
    this.draw();
  }

  take(clips, takes) {
    this.stopBack();
    this.clips = clips;
    this.marks = { markIn: null, markOut: null };
    this.showNotes([]);
    this.rate = 1;
    if (!clips.length) return;
    this.fps = takes[0].fps;
    this.frames = Math.min(...takes.map((take) => take.frames));
    this.slider.max = this.frames - 1;
    for (const clip of clips) clip.play().catch(() => {});
    this.follow(clips[0]);
  }

  // At each frame that is shown: the others come along, and the range begins again.
  follow(lead) {
    if (!lead.requestVideoFrameCallback) return;
    const onFrame = (now, { mediaTime }) => {
      if (lead !== this.clips[0] || !lead.isConnected) return;
      const frame = frameAt(mediaTime, this.fps), { from, to } = this.range;
      if (this.rate > 0 && (frame > to || frame < from)) this.show(from);
      else this.bringAlong(mediaTime);
      this.draw();
      lead.requestVideoFrameCallback(onFrame);
    };
    lead.requestVideoFrameCallback(onFrame);
  }

  bringAlong(mediaTime) {
    for (const clip of this.clips.slice(1)) {
      if (Math.abs(clip.currentTime - mediaTime) > 0.5 / this.fps) clip.currentTime = mediaTime;
    }
  }

  show(frame) {
    for (const clip of this.clips) clip.currentTime = timeOf(frame, this.fps);
  }

  seek(frame) {
    this.pause();
    for (const clip of this.clips) clip.dataset.stepped = "true";   // who goes through it frame by frame has seen it
    this.show(frame);
    this.draw(frame);
  }

  pause() {
    this.stopBack();
    this.rate = 0;
    for (const clip of this.clips) clip.pause();
  }

  play(rate) {
    this.stopBack();
    this.rate = rate;
    if (rate < 0) return this.playBack();
    for (const clip of this.clips) {
      clip.playbackRate = rate;
      clip.play().catch(() => {});
    }
    return this.draw();
  }

  playBack() {
    for (const clip of this.clips) clip.pause();
    let frame = this.frame;
    this.timer = setInterval(() => {
      frame = stepped(frame, -1, this.range);
      this.show(frame);
      this.draw(frame);
    }, 1000 / this.fps / -this.rate);
  }

  stopBack() {
    clearInterval(this.timer);
    this.timer = null;
  }

  change(what) {
    if (!this.clips.length) return;
    const { frame, marks } = this;
    const changes = {
      toggle: () => (this.rate && !this.clips[0].paused ? this.pause() : this.play(1)),
      forward: () => this.play(faster(this.clips[0].paused ? 0 : this.rate)),
      back: () => this.play(backwards(this.rate)),
      still: () => this.pause(),
      slower: () => this.play(scaled(this.clips[0].paused && this.rate > 0 ? 0 : this.rate, 0.5)),
      quicker: () => this.play(scaled(this.clips[0].paused && this.rate > 0 ? 0 : this.rate, 2)),
      next: () => this.seek(stepped(frame, 1, this.range)),
      before: () => this.seek(stepped(frame, -1, this.range)),
      markIn: () => { this.marks = { ...marks, markIn: marks.markIn === frame ? null : frame }; },
      markOut: () => { this.marks = { ...marks, markOut: marks.markOut === frame ? null : frame }; },
    };
    changes[what]();
    this.draw();
  }

  // ranges: [first, last] of each note, which gets its mark on the bar.
  showNotes(ranges) {
    const place = (frame) => `${(100 * frame) / Math.max(1, this.frames - 1)}%`;
    const marks = ranges.map(([first, last]) => {
      const mark = Object.assign(document.createElement("i"), { title: t("note on frame {number}", { number: first + this.firstFrame }) });
      Object.assign(mark.style, { left: place(first), width: place(last - first) });
      return mark;
    });
    this.bar.querySelector(".ct-note-marks").replaceChildren(...marks);
  }

  draw(frame = this.frame) {
    if (!this.clips.length) return;
    const { from, to } = this.range, { markIn, markOut } = this.marks;
    this.slider.value = frame;
    const share = (each) => `${(100 * each) / Math.max(1, this.frames - 1)}%`;
    this.slider.style.setProperty("--from", share(from));
    this.slider.style.setProperty("--to", share(to));
    const number = frame + this.firstFrame;
    const marked = markIn !== null || markOut !== null ? ` · ${from + this.firstFrame}–${to + this.firstFrame}` : "";
    const speed = this.rate && this.rate !== 1 ? ` · ${this.rate}x` : "";
    this.bar.querySelector("output").textContent = `${number} · ${timecode(frame, this.fps)}${marked}${speed}`;
    this.slider.setAttribute("aria-valuetext", t("frame {number}", { number }));
    this.drawn(frame);
  }
}
