// Loads pictures a few at a time, the ones in view first: who scrolls past a thousand takes should load none of them.
const AT_ONCE = 6;        // as many as a browser asks one server for
const EACH_FRAME = 2;
const AGAIN = 2000;       // ms after a picture was refused
const TRIES = 3;

export class Pictures {
  #waiting = new Map();   // image -> address
  #loading = new Set();
  #shown = new Set();     // addresses that were loaded once, which the browser keeps
  #due = false;

  want(image, address, tries = TRIES) {
    if (this.#shown.has(address)) {
      image.src = address;
      return;
    }
    this.#loading.delete(image);   // what it was loading before tells nothing any more, and would keep a place
    image.removeAttribute("src");
    this.#waiting.set(image, { address, tries });
    this.#plan();
  }

  drop(image) {
    this.#waiting.delete(image);
    if (this.#loading.delete(image)) image.removeAttribute("src");   // ends the request
    this.#plan();
  }

  #plan() {
    if (this.#due || !this.#waiting.size) return;
    this.#due = true;
    requestAnimationFrame(() => {
      this.#due = false;
      for (const [image, { address, tries }] of [...this.#waiting].slice(0, Math.min(EACH_FRAME, AT_ONCE - this.#loading.size))) {
        this.#waiting.delete(image);
        this.#load(image, address, tries);
      }
      if (this.#loading.size < AT_ONCE) this.#plan();
    });
  }

  #load(image, address, tries) {
    this.#loading.add(image);
    const settle = (isShown) => {
      image.onload = image.onerror = null;
      if (!this.#loading.delete(image)) return;
      if (isShown) this.#shown.add(address);
      else if (tries > 1) setTimeout(() => { if (image.isConnected && !image.hasAttribute("src")) this.want(image, address, tries - 1); }, AGAIN);
      if (!isShown) image.removeAttribute("src");
      this.#plan();
    };
    image.onload = () => settle(true);
    image.onerror = () => settle(false);
    image.src = address;
  }
}
