// What begins each page with a stage. It waits for the person's name: the outbox in the browser is kept for each person, and
// machines are shared. A page that was begun before, by the same script, ends.
import { openedFor } from "./person.js";

const RETRY = 2000;   // ms between looks who is signed in, while nobody answers

let page = null;

// build: gives the page for a person's name; it has `begin`, and `left`, which is aborted when it ends.
export async function startPage(root, build) {
  page?.left.abort();
  page = build(await waitForName(root));
  page.begin();
}

async function waitForName(root) {
  for (;;) {
    try {
      return (await openedFor()).name;
    } catch (error) {
      root.querySelector(".ct-empty b").textContent = error.message;
      await new Promise((done) => { setTimeout(done, RETRY); });
    }
  }
}
