/** The rows of a board, which glide to where they belong. */

import { columns, h, tell } from "../page/dom.js";
import { clock, whole } from "../page/numbers.js";

const COLUMNS = [
  ["Rank", "place number"],
  ["Move", "move"],
  ["User", "who"],
  ["Score", "number score"],
  ["Grade", ""],
  ["Achieved", "number"],
];
const GLIDE_MS = 450;
const ARROW_MS = 20_000; // for which an arrow stays

export class Rows {
  #rows = new Map();
  #moves = new Map();

  /**
   * @param {string} caption what the table is.
   * @param {boolean} brief only rank, user and score.
   */
  constructor(caption, { brief = false } = {}) {
    this.body = h("tbody");
    this.element = h(
      "table",
      { class: brief ? "ranks brief" : "ranks" },
      h("caption", { class: "unseen" }, caption),
      columns(COLUMNS),
      this.body,
    );
  }

  /** Remember that a user went from *previous* (0: was not there) to *rank*. */
  moved(userId, previous, rank) {
    const at = performance.now();
    this.#moves.set(userId, {
      previous: Number(previous ?? 0),
      rank: Number(rank),
      at,
    });
  }

  /** Show *entries*; *self* is the user to mark, *glide* whether rows may move. */
  draw(entries, { self = "", glide = false } = {}) {
    const before = glide ? this.#tops() : new Map();
    const order = entries.map((entry) => this.#row(entry, self));
    const wanted = new Set(order);
    for (const [id, row] of this.#rows)
      if (!wanted.has(row.element)) this.#rows.delete(id);
    this.body.replaceChildren(...order);
    for (const row of this.#rows.values()) slide(row.element, before.get(row.element));
  }

  #row(entry, self) {
    const id = entry.user?.userId ?? "";
    const row = this.#rows.get(id) ?? newRow();
    this.#rows.set(id, row);
    row.element.classList.toggle("self", id === self);
    this.#move(row, id);
    tell(row.cells[0], whole(entry.rank));
    tell(row.name, entry.user?.name || id);
    tell(row.id, entry.user?.name ? id : "");
    tell(row.cells[3], whole(entry.score));
    tell(row.cells[4], entry.user?.grade || "–");
    tell(row.cells[5], when(entry.achievedAt));
    return row.element;
  }

  #move(row, id) {
    const move = this.#moves.get(id);
    const cell = row.cells[1];
    if (!move || performance.now() - move.at > ARROW_MS) {
      this.#moves.delete(id);
      cell.className = "move";
      cell.replaceChildren();
      return;
    }
    const [kind, mark, words] = arrow(move);
    cell.className = `move ${kind}`;
    cell.replaceChildren(
      h("span", { "aria-hidden": "true" }, mark),
      h("span", { class: "unseen" }, words),
    );
    flash(row, move.at);
  }

  #tops() {
    return new Map(
      [...this.#rows.values()].map(({ element }) => [element, element.offsetTop]),
    );
  }
}

/** How a change is shown: [class, mark, words]. */
export function arrow({ previous, rank }) {
  if (!previous) return ["new", "new", "new on the board"];
  const by = Math.abs(previous - rank);
  if (rank < previous) return ["up", `▲ ${whole(by)}`, `up ${by}`];
  if (rank > previous) return ["down", `▼ ${whole(by)}`, `down ${by}`];
  return ["", "＝", "same rank"];
}

function newRow() {
  const cells = COLUMNS.map(([, kind], at) =>
    h(
      at === 2 ? "th" : "td",
      at === 2 ? { scope: "row", class: kind } : { class: kind },
    ),
  );
  const name = h("span");
  const id = h("small");
  cells[2].append(name, id);
  return { element: h("tr", {}, cells), cells, name, id, flashed: 0 };
}

function flash(row, at) {
  if (row.flashed === at) return;
  row.flashed = at;
  row.element.classList.add("moved");
  // Two frames: the colour is painted once before it fades.
  requestAnimationFrame(() =>
    requestAnimationFrame(() => row.element.classList.remove("moved")),
  );
}

function slide(element, from) {
  const by = from === undefined ? 0 : from - element.offsetTop;
  if (!by || matchMedia("(prefers-reduced-motion: reduce)").matches) return;
  element.animate([{ transform: `translateY(${by}px)` }, { transform: "none" }], {
    duration: GLIDE_MS,
    easing: "ease-out",
  });
}

function when(text) {
  if (!text) return "–";
  const date = new Date(text);
  const today = date.toDateString() === new Date().toDateString();
  return today ? clock(date) : date.toLocaleDateString("en-CA");
}
