// What the address of the board says is shown: so a reload, a link and the way back show the same.
export const DEFAULTS = {
  project: "", view: "rows", shot: "", status: "", stars: "", rater: "", version: "", kind: "", tag: "", text: "", sort: "brief",
};

// From `location.search`. A link of before may name a shot as PROJECT/SHOT.
export function readAddress(search) {
  const given = new URLSearchParams(search);
  const shown = Object.fromEntries(Object.entries(DEFAULTS).map(([name, value]) => [name, given.get(name) ?? value]));
  const [project, shot] = shown.shot.split("/");
  if (shot !== undefined) Object.assign(shown, { project, shot });
  if (!["rows", "wall"].includes(shown.view)) shown.view = "rows";
  return shown;
}

// The same the other way round, without what is as it is anyway.
export function writeAddress(shown) {
  const names = Object.keys(DEFAULTS).filter((name) => shown[name] !== DEFAULTS[name]);
  const query = new URLSearchParams(names.map((name) => [name, shown[name]])).toString();
  return query ? `?${query}` : "";
}

// Another project has other shots, people, tags and versions.
export function changed(shown, name, value) {
  if (name !== "project") return { ...shown, [name]: value };
  return { ...DEFAULTS, view: shown.view, sort: shown.sort, project: value };
}
