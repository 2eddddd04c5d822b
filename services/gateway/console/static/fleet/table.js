/** The tasks as a table. Rows stay the same elements, so a selection survives. */

import { columns, h, s, tell } from "../page/dom.js";
import { milliseconds, rate, whole } from "../page/numbers.js";
import { KIND, madeIn } from "./history.js";

const COLUMNS = [
  ["Task", ""],
  ["State", ""],
  ["Share", "number"],
  ["Calls/s", "number"],
  ["Calls", "number"],
  ["In flight", "number"],
  ["Failures", "number"],
  ["Latency", "number"],
  ["Picked", "why"],
  ["Last error", ""],
];

export class Table {
  #rows = new Map();
  #groups = new Map();

  constructor() {
    this.element = h(
      "table",
      { class: "tasks" },
      h("caption", { class: "unseen" }, "Every task of every backend, twice a second"),
      columns(COLUMNS),
    );
  }

  /** Show the backends of *snapshot*; rates come from *history*. */
  draw(snapshot, history) {
    const lanes = history.sorted().filter((lane) => !lane.gone);
    const all = lanes.reduce((sum, lane) => sum + madeIn(lane), 0);
    const seen = new Set();
    for (const backend of snapshot.backends) {
      const group = this.#group(backend, seen);
      for (const lane of lanes.filter((each) => each.backend === backend)) {
        this.#row(group, lane, all, seen);
      }
    }
    for (const kept of [this.#rows, this.#groups]) drop(kept, seen);
  }

  #group(backend, seen) {
    const key = `backend ${backend.target}`;
    seen.add(key);
    if (!this.#groups.has(key)) this.#groups.set(key, this.#newGroup());
    const { element, about } = this.#groups.get(key);
    const said = [
      backend.lookup,
      backend.policy,
      `retries ${whole(backend.retries)}`,
      `denied ${whole(backend.retries_denied)}`,
    ];
    tell(about.children[0], backend.services.join(", ") || "no service yet");
    tell(about.children[1], ` ${backend.target} · ${said.filter(Boolean).join(" · ")}`);
    return element;
  }

  #newGroup() {
    const about = h("div", {}, h("b"), h("span", { class: "quiet" }));
    const head = h(
      "th",
      { class: "backend", scope: "rowgroup", colspan: COLUMNS.length },
      about,
    );
    const element = h("tbody", {}, h("tr", {}, head));
    this.element.append(element);
    return { element, about };
  }

  #row(group, lane, all, seen) {
    seen.add(lane.key);
    if (!this.#rows.has(lane.key)) this.#rows.set(lane.key, newRow());
    const row = this.#rows.get(lane.key);
    // In the order of the lanes: a new task may belong between two others.
    const place = [...group.children]
      .filter((each) => each.dataset.key)
      .findIndex((each) => each.dataset.key === lane.key);
    row.element.dataset.key = lane.key;
    if (place < 0) insert(group, row.element, lane.key);
    fill(row, lane, all);
  }
}

function insert(group, element, key) {
  const order = new Intl.Collator("en", { numeric: true });
  const after = [...group.children].find(
    (each) => each.dataset.key && order.compare(each.dataset.key, key) > 0,
  );
  group.insertBefore(element, after ?? null);
}

function drop(kept, seen) {
  for (const [key, each] of kept) {
    if (seen.has(key)) continue;
    each.element.remove();
    kept.delete(key);
  }
}

function newRow() {
  const cells = COLUMNS.map(([, kind], at) =>
    h(at ? "td" : "th", at ? { class: kind } : { scope: "row" }),
  );
  const state = h("span", { class: "badge" });
  const bar = s("rect", { class: "fill", height: 6, rx: 3, width: 0 });
  const percent = h("span");
  cells[1].append(state);
  cells[2].append(
    h(
      "div",
      { class: "share" },
      s(
        "svg",
        { viewBox: "0 0 56 6", "aria-hidden": "true" },
        s("rect", { class: "track", width: 56, height: 6, rx: 3 }),
        bar,
      ),
      percent,
    ),
  );
  cells[9].className = "error";
  const error = h("div");
  cells[9].append(error);
  return { element: h("tr", {}, cells), cells, state, bar, percent, error };
}

function fill({ cells, state, bar, percent, error }, lane, all) {
  const { task } = lane;
  const share = all ? madeIn(lane) / all : 0;
  tell(cells[0], task.endpoint);
  tell(state, task.state);
  state.className = `badge ${KIND[task.state] ?? ""}`;
  bar.setAttribute("width", (share * 56).toFixed(1));
  tell(percent, all ? `${Math.round(share * 100)}%` : "–");
  tell(cells[3], rate(lane.points.at(-1).rate));
  tell(cells[4], whole(task.calls));
  tell(cells[5], whole(task.in_flight));
  tell(cells[6], whole(task.failures));
  tell(cells[7], milliseconds(task.latency_ms));
  tell(cells[8], task.picked ? "yes" : `no: ${task.why}`);
  tell(error, task.last_error || "–");
  error.title = task.last_error;
}
