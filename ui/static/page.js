// Runs on every page, before its components are there.
import { makeRoom } from "./guide/guide.js";
import { language } from "./language.js";
import { guardWrites } from "./person.js";

guardWrites();
makeRoom();
keepLanguage(document.documentElement);

// Gradio names the browser's language there, whatever the page's is.
function keepLanguage(root) {
  const keep = () => { if (root.lang !== language) root.lang = language; };
  new MutationObserver(keep).observe(root, { attributeFilter: ["lang"] });
  keep();
}

// What the board shows is read while the page around it still loads.
if (location.pathname === "/board") {
  import("./board/data.js").then(({ prefetch }) => prefetch(location.search));
  import("./board/main.js");
}
