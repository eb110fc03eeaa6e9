// What a supervisor sees of a take's passport: whether it is complete, what it is for, and what it lacks.
import { getJson } from "../api.js";
import { t } from "../language.js";
import { make } from "../review/dom.js";

const USES = { temp: t("for temp"), final: t("for final"), "": t("temp or final not decided") };

export function passportInWords({ complete, intended_use: use, training }) {
  const parts = [complete ? t("complete") : t("incomplete"), USES[use?.value ?? ""], training.permitted ? t("may be trained on") : t("may not be trained on")];
  return parts.join(" · ");
}

// What it lacks is in the server's words. A take that is not drawn yet has none.
export async function drawPassport(section, take, isShown) {
  section.hidden = true;
  if (!isShown) return;
  const passport = await getJson(`/api/takes/${encodeURIComponent(take)}/passport`).catch(() => null);
  if (!passport) return;
  section.querySelector(".ct-passport-state").textContent = passportInWords(passport);
  Object.assign(section.querySelector("a"), { href: `/api/takes/${encodeURIComponent(take)}/passport`, download: `passport_${take}.json` });
  section.querySelector("ul").replaceChildren(...[...passport.missing, ...passport.training.against].map((line) => make("li", "", line)));
  section.hidden = false;
}
