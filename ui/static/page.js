// Runs on every page, before its components are there.
import { guardWrites } from "./person.js";

guardWrites();

// What the board shows is read while the page around it still loads.
if (location.pathname === "/board") {
  import("./board/data.js").then(({ prefetch }) => prefetch(location.search));
  import("./board/main.js");
}
