/**
 * Elements. Text goes in as text nodes only, so nothing that a server says can
 * become markup.
 */

const SVG = "http://www.w3.org/2000/svg";

/** Set as properties: as attributes they would only be their first value. */
const PROPERTIES = new Set(["value", "checked", "disabled", "hidden", "selected"]);

/**
 * Make an element: h("button", { type: "button", onclick: send }, "Send").
 * A child that is null, undefined or false is left out.
 */
export function h(name, given = {}, ...children) {
  return filled(document.createElement(name), given, children);
}

/** Make an element of SVG. */
export function s(name, given = {}, ...children) {
  return filled(document.createElementNS(SVG, name), given, children);
}

function filled(element, given, children) {
  for (const [key, value] of Object.entries(given)) {
    if (value === null || value === undefined) continue;
    if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else if (PROPERTIES.has(key)) element[key] = value;
    else if (value !== false) element.setAttribute(key, value === true ? "" : value);
  }
  element.append(...children.flat().filter(isThere));
  return element;
}

function isThere(child) {
  return child !== null && child !== undefined && child !== false;
}

/** Set the text of an element, only where it differs: no needless layout. */
export function tell(element, text) {
  const wanted = String(text);
  if (element.textContent !== wanted) element.textContent = wanted;
}

let ids = 0;

/** Return an id that no other element has. */
export function freshId(stem) {
  ids += 1;
  return `${stem}-${ids}`;
}

/** A heading with what stands beside it. */
export function panel(title, aside, ...children) {
  const id = freshId("panel");
  return h(
    "section",
    { class: "panel", "aria-labelledby": id },
    h("div", { class: "panel-head" }, h("h2", { id }, title), aside),
    ...children,
  );
}

/** The head of a table, from [name, class] of each column. */
export function columns(named) {
  const cells = named.map(([name, kind]) =>
    h("th", { scope: "col", class: kind }, name),
  );
  return h("thead", {}, h("tr", {}, cells));
}

/** A box that scrolls sideways, which the keyboard can do too. */
export function scroller(label, child) {
  return h(
    "div",
    { class: "scroller", role: "region", "aria-label": label, tabindex: 0 },
    child,
  );
}
