/** The last two minutes as lanes: one per task, coloured by state. */

import { s } from "../page/dom.js";
import { plural, rate } from "../page/numbers.js";
import { AXIS, frameOf, nearest, scale, TOTAL, value } from "./frame.js";
import { drawn, hatch } from "./lane.js";

const QUARTERS = [0, 1, 2, 3, 4];

export class Plot {
  #frame = null;
  #cursor = null;
  #again = () => {};

  constructor() {
    this.title = s("title", {}, "Tasks over the last two minutes");
    this.desc = s("desc");
    this.body = s("g");
    this.element = s(
      "svg",
      { class: "plot", role: "img", "aria-labelledby": "plot-title plot-desc" },
      this.title,
      this.desc,
      s(
        "defs",
        {},
        hatch("leaving", 45),
        hatch("failing", 135),
        hatch("connecting", 90),
      ),
      this.body,
    );
    this.title.id = "plot-title";
    this.desc.id = "plot-desc";
    this.element.addEventListener("pointermove", (event) => this.#point(event.offsetX));
    this.element.addEventListener("pointerleave", () => this.#point(null));
  }

  /** Draw *history*, and again when the pointer or the width changes. */
  draw(history) {
    this.#again = () => this.#draw(history);
    this.#again();
  }

  /** Draw what there is in a new width. */
  resized() {
    this.#again();
  }

  #point(x) {
    this.#cursor = x;
    this.#again();
  }

  #draw(history) {
    const lanes = history.sorted();
    const frame = frameOf(this.element.clientWidth, lanes.length, history);
    if (frame.width < 80) return; // hidden
    this.#frame = frame;
    this.element.setAttribute("height", frame.height);
    this.element.setAttribute("viewBox", `0 0 ${frame.width} ${frame.height}`);
    const at = this.#time();
    const top = scale(lanes.flatMap((lane) => lane.points.map((point) => point.rate)));
    this.body.replaceChildren(
      ...axis(frame),
      ...total(frame, history.total, at),
      ...lanes.flatMap((lane, row) => drawn(frame, lane, row, top, at)),
      ...(at === null ? [] : [line(frame.x(at), 0, frame.height - AXIS, "cursor")]),
    );
    this.desc.textContent = described(lanes, history);
  }

  #time() {
    const { left, right, time } = this.#frame;
    if (this.#cursor === null || this.#cursor < left || this.#cursor > right)
      return null;
    return time(this.#cursor);
  }
}

function axis(frame) {
  const bottom = frame.height - AXIS;
  return QUARTERS.filter((each) => !frame.narrow || each % 2 === 0).flatMap((each) => {
    const ago = (frame.span * each) / 4;
    const x = frame.x(frame.now - ago);
    const anchor = each === 4 ? "start" : "middle";
    return [
      line(x, 8, bottom, "grid"),
      s("text", { x, y: bottom + 15, "text-anchor": anchor }, moment(ago)),
    ];
  });
}

function moment(ago) {
  if (ago === 0) return "now";
  return ago % 60_000 ? `${ago / 1000} s ago` : `${ago / 60_000} min ago`;
}

function total(frame, points, at) {
  const top = scale(points.map((point) => point.rate));
  const y = (value) => TOTAL - (value / top) * (TOTAL - 14);
  const along = points.map(
    (point) => `${frame.x(point.t).toFixed(1)},${y(point.rate).toFixed(1)}`,
  );
  const shown = at === null ? points.at(-1) : nearest(points, at);
  const base = along.length ? `${frame.x(points[0].t).toFixed(1)},${TOTAL}` : "";
  const end = along.length ? `${frame.x(points.at(-1).t).toFixed(1)},${TOTAL}` : "";
  return [
    s("polygon", { class: "total-area", points: `${base} ${along.join(" ")} ${end}` }),
    s("polyline", { class: "total-line", points: along.join(" ") }),
    s("line", { class: "grid", x1: frame.left, x2: frame.right, y1: TOTAL, y2: TOTAL }),
    frame.narrow
      ? s("text", { x: frame.left, y: 11 }, "all tasks, calls/s")
      : s("text", { x: 16, y: TOTAL - 22, class: "name" }, "all tasks"),
    !frame.narrow && s("text", { x: 16, y: TOTAL - 7 }, "calls per second"),
    value(frame, TOTAL - 16, shown ? rate(shown.rate) : ""),
  ].filter(Boolean);
}

function line(x, from, to, kind) {
  return s("line", { class: kind, x1: x, x2: x, y1: from, y2: to });
}

function described(lanes, history) {
  const now = history.total.at(-1)?.rate ?? 0;
  const each = lanes.map((lane) => {
    const last = lane.points.at(-1);
    return `${lane.endpoint} ${last.state}${last.gone ? "" : `, ${rate(last.rate)} calls a second`}`;
  });
  return `${plural(lanes.length, "task")}, ${rate(now)} calls a second together. ${each.join("; ")}.`;
}
