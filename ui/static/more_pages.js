// Pages for which the header has no room are in a menu: the last ones first, and never the one that is shown.
const EDGE = 8;   // pixels between the menu and the window's edge

// Where the menu begins: below its button, and inside the window.
export function placeBelow(button, menuWidth, windowWidth) {
  return { left: Math.max(EDGE, Math.min(button.left, windowWidth - menuWidth - EDGE)), top: button.bottom };
}

export function fitPages(header) {
  const [pages, button, menu] = [".ct-pages", ".ct-more-pages", ".ct-more-menu"].map((name) => header.querySelector(name));
  const links = [...pages.querySelectorAll("a")], isTooWide = () => pages.scrollWidth > pages.clientWidth;
  const fit = () => {
    if (menu.matches(":popover-open")) return;
    pages.append(...links);
    button.hidden = true;
    if (!isTooWide()) return;
    button.hidden = false;
    const rest = links.filter((link) => !link.hasAttribute("aria-current")), moved = [];
    while (isTooWide() && rest.length) { moved.unshift(rest.pop()); menu.replaceChildren(...moved); }
  };
  menu.addEventListener("toggle", ({ newState }) => {
    if (newState !== "open") return fit();
    const { left, top } = placeBelow(button.getBoundingClientRect(), menu.offsetWidth, innerWidth);
    Object.assign(menu.style, { left: `${left}px`, top: `${top}px` });
  });
  const observer = new ResizeObserver(fit);
  for (const each of [header, header.querySelector(".ct-other")]) observer.observe(each);
}
