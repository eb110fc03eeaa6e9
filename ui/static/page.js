// Runs on every page, before its components are there.
import { makeRoom } from "./guide/guide.js";
import { guardWrites } from "./person.js";

guardWrites();
makeRoom();

// What the board shows is read while the page around it still loads.
if (location.pathname === "/board") {
  import("./board/data.js").then(({ prefetch }) => prefetch(location.search));
  import("./board/main.js");
}
