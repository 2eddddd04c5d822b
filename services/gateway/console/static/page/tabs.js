/**
 * Tabs as the WAI-ARIA pattern has them: one of them is in the tab order, the
 * arrow keys, Home and End move between them.
 */

import { freshId, h } from "./dom.js";

const STEPS = { ArrowRight: 1, ArrowLeft: -1 };

/**
 * Wire the buttons of *list*, whose aria-controls name their panels.
 *
 * @param {HTMLElement} list has role tablist.
 * @param {(id: string) => void} chosen is told the id of the panel that is shown.
 * @returns {(id: string) => void} shows a panel.
 */
export function tabs(list, chosen = () => {}) {
  const all = [...list.querySelectorAll('[role="tab"]')];
  const panelOf = (tab) => document.getElementById(tab.getAttribute("aria-controls"));

  const show = (id) => {
    for (const tab of all) {
      const on = tab.getAttribute("aria-controls") === id;
      tab.setAttribute("aria-selected", String(on));
      tab.tabIndex = on ? 0 : -1;
      const panel = panelOf(tab);
      if (panel) panel.hidden = !on;
    }
    chosen(id);
  };

  const move = (event) => {
    const there = all.filter((tab) => !tab.hidden);
    const at = there.indexOf(document.activeElement);
    const to = target(event.key, at, there.length);
    if (at < 0 || to === null) return;
    event.preventDefault();
    there[to].focus();
    show(there[to].getAttribute("aria-controls"));
  };

  for (const tab of all) {
    tab.addEventListener("click", () => show(tab.getAttribute("aria-controls")));
  }
  list.addEventListener("keydown", move);
  return show;
}

function target(key, at, count) {
  if (key === "Home") return 0;
  if (key === "End") return count - 1;
  if (!(key in STEPS)) return null;
  return (at + STEPS[key] + count) % count;
}

/**
 * Make tabs and their panels.
 *
 * @param {string} label of the list.
 * @param {[string, string, ...Node[]][]} parts text, class and content of each.
 * @param {(at: number) => void} chosen is told which one is shown.
 * @returns {{elements: HTMLElement[], show: (at: number) => void}}
 */
export function tabbed(label, parts, chosen = () => {}) {
  const ids = parts.map(() => freshId("part"));
  const buttons = parts.map(([text], at) => tab(ids[at], text, at === 0));
  const name = { class: "tablist inner-tabs", role: "tablist", "aria-label": label };
  const list = h("div", name, buttons);
  const panels = parts.map(([, kind, ...inside], at) =>
    panelFor(ids[at], kind, at, inside),
  );
  const show = tabs(list, (id) => chosen(ids.indexOf(id)));
  return { elements: [list, ...panels], show: (at) => show(ids[at]) };
}

function tab(id, text, on) {
  const state = { "aria-selected": String(on), tabindex: on ? 0 : -1 };
  const given = { type: "button", role: "tab", id: `${id}-tab`, "aria-controls": id };
  return h("button", { ...given, ...state }, text);
}

function panelFor(id, kind, at, inside) {
  const given = { role: "tabpanel", id, "aria-labelledby": `${id}-tab` };
  return h("div", { ...given, class: kind, hidden: at > 0 }, inside);
}
