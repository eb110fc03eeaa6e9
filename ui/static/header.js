// The header: who is signed in, and what their role does not show.
import { askOnce } from "./agreeing.js";
import { t } from "./language.js";
import { fitPages } from "./more_pages.js";
import { startPalette } from "./palette/palette.js";
import { ROLES } from "./names.js";
import { CHANGED, SIGNED_OUT, lookWhoIsSignedIn, openedFor, signInAddress } from "./person.js";

function fill(element, me) {
  element.querySelector(".ct-who").textContent = [me.name, ROLES[me.role], ...(me.demo ? [t("demo")] : [])].join(" · ");
  if (me.role === "creative") element.querySelector('a[href="/selects"]').remove();
  if (me.role !== "admin") element.querySelector('a[href="/people"]').remove();
  if (me.role === "creative") element.querySelector('a[href="/agreement"]').remove();
  if (me.role === "creative") element.querySelector('a[href="/report"]').remove();
  if (me.role === "creative") element.querySelector('a[href="/rights"]').remove();
  const form = element.querySelector("form");
  form.hidden = me.demo;
  form.elements.person.value = me.name;
}

// What is typed on the page stays, and nobody else goes on with it.
function freeze(element, me, other) {
  const line = element.querySelector(".ct-other");
  line.textContent = other && t("{other} is signed in in this browser now; this page was opened for {name}", { other, name: me.name });
  document.querySelectorAll(".ct-page").forEach((page) => { page.inert = Boolean(other); });
}

// What is typed stays, and the link comes back to what is shown.
function tellSignOut(element, signedOut) {
  const line = element.querySelector(".ct-other");
  line.replaceChildren(...(signedOut ? [t("You are signed out."), " ", signInLink()] : []));
}

function signInLink() {
  return Object.assign(document.createElement("a"), { textContent: t("Sign in"), href: signInAddress(), className: "ct-sign-in" });
}

export async function start(element) {
  window.addEventListener(SIGNED_OUT, (event) => tellSignOut(element, event.detail));
  startPalette(element.querySelector(".ct-commands"));
  const me = await openedFor().catch(() => null);
  if (!me) return;   // the page below says why
  fill(element, me);
  fitPages(element.querySelector(".ct-header"));
  askOnce(element.querySelector(".ct-asked"));
  document.addEventListener("visibilitychange", () => document.hidden || lookWhoIsSignedIn());
  window.addEventListener(CHANGED, (event) => freeze(element, me, event.detail));
}
