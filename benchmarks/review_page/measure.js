// Runs in the page that is measured. Milliseconds from the browser's own time of the key press; something is painted when
// the frame after it begins.
window.measured = (() => {
  const frame = () => new Promise((done) => { requestAnimationFrame(done); });
  let pressed = 0;
  addEventListener("keydown", (event) => { pressed = event.timeStamp; }, { capture: true });
  const shown = () => document.querySelector(".ct-review").dataset.shown;

  // Begun before a key press: until another pair than the one on screen is painted.
  async function nextPair() {
    const before = shown(), review = document.querySelector(".ct-review");
    await new Promise((done) => {
      const observer = new MutationObserver(() => {
        if (!shown() || shown() === before) return;
        observer.disconnect();
        done();
      });
      observer.observe(review, { attributes: true, attributeFilter: ["data-shown"] });
    });
    await frame();
    await frame();
    return performance.now() - pressed;
  }

  // The requests to a path: from sending to the whole answer.
  const requests = (path) => performance.getEntriesByType("resource")
    .filter((entry) => new URL(entry.name).pathname === path)
    .map((entry) => entry.responseEnd - entry.startTime);

  // How many frames two clips are apart, at each frame of the first one for some seconds.
  function drift(seconds, fps) {
    const [lead, other] = document.querySelectorAll(".ct-stage video");
    const apart = [], end = performance.now() + 1000 * seconds;
    return new Promise((done) => {
      const look = (now, { mediaTime }) => {
        const difference = Math.abs(mediaTime - other.currentTime) * fps;
        apart.push(Math.min(difference, Math.abs(lead.duration * fps - difference)));   // one of them began again
        if (performance.now() < end) lead.requestVideoFrameCallback(look); else done(apart);
      };
      lead.requestVideoFrameCallback(look);
    });
  }

  // In a plain page: from a click on a button until there are other pictures, and they are painted.
  async function press(button) {
    const sources = () => [...document.querySelectorAll("#left img, #right img")].map((image) => image.src);
    const before = sources(), began = performance.now();
    button.click();
    while (sources().length < 2 || sources().join() === before.join()) await frame();
    await Promise.all([...document.querySelectorAll("#left img, #right img")].map((image) => image.decode()));
    await frame();
    return performance.now() - began;
  }
  return { nextPair, requests, drift, press };
})();
