// What of the studio the page deals, as its address says: a project, a shot, a review session, or all that the person sees.

const NAMES = ["project", "shot", "session"];

export function readScope(search = globalThis.location?.search ?? "") {
  const address = new URLSearchParams(search);
  return Object.fromEntries(NAMES.filter((name) => address.get(name)).map((name) => [name, address.get(name)]));
}

export const summaryAddress = (scope) => ["/summary", new URLSearchParams(scope)].filter(String).join("?");
