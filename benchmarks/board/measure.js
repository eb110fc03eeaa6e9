// Runs in the page that is measured. Milliseconds; a frame is painted when the one after it begins.
window.measured = (() => {
  const frame = () => new Promise((done) => { requestAnimationFrame(done); });
  const inView = (image) => {
    const { top, left, width } = image.getBoundingClientRect();
    return width > 0 && top < innerHeight && left < innerWidth && image.complete && image.naturalWidth > 0;
  };

  // From the beginning of the navigation until a picture of a take is painted.
  async function firstPaint(pictures) {
    while (![...document.querySelectorAll(pictures)].some(inView)) await frame();
    await frame();
    return performance.now();
  }

  // From a click until what it changes is painted.
  async function click(button, isChanged) {
    const began = performance.now();
    button.click();
    while (!isChanged()) await frame();
    await frame();
    return performance.now() - began;
  }

  // The time between frames while a scroller moves by `step` pixels in each of `count` frames.
  async function scroll(scroller, step, count) {
    const times = [];
    let before = await frame();
    for (let number = 0; number < count; number += 1) {
      scroller.scrollTop = (scroller.scrollTop + step) % Math.max(1, scroller.scrollHeight - scroller.clientHeight);
      const now = await frame();
      times.push(now - before);
      before = now;
    }
    return times;
  }
  return { firstPaint, click, scroll };
})();
