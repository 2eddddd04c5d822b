/** One task in the plot: stretches of its states, and its calls. */

import { s } from "../page/dom.js";
import { rate } from "../page/numbers.js";
import { nearest, value } from "./frame.js";
import { KIND, stretches, WINDOW_MS } from "./history.js";

const STRIP = 3;

/**
 * Return the elements of *lane*.
 *
 * @param {number} top what rate fills the lane: the same for all, to compare them.
 * @param {number|null} at the time under the pointer.
 */
export function drawn(frame, lane, row, top, at) {
  const y = frame.y(row);
  const under = frame.narrow ? 16 : 0;
  const box = { y: y + under, high: frame.high - under };
  const shown = at === null ? lane.points.at(-1) : nearest(lane.points, at);
  const state = shown ? shown.state : "";
  return [
    s("rect", {
      class: "lane",
      x: frame.left,
      y: box.y,
      width: frame.right - frame.left,
      height: box.high,
      rx: 3,
    }),
    ...stretches(lane.points, lane.gone ? lane.points.at(-1).t : frame.now).flatMap(
      (each) => stretch(frame, box, each, top),
    ),
    ...names(frame, lane, y, state),
    value(
      frame,
      box.y + box.high / 2 + 4,
      !shown || shown.gone ? "–" : rate(shown.rate),
    ),
  ];
}

function stretch(frame, box, { state, from, to, points }, top) {
  if (state === "gone" || to < frame.now - WINDOW_MS) return [];
  const kind = KIND[state] ?? "connecting";
  const x = frame.x(from);
  const width = Math.max(1, frame.x(to) - x);
  const floor = box.y + box.high - STRIP;
  const place = { x, y: box.y, width, height: box.high };
  const word = width > state.length * 6.5 + 10 && state !== "ready" && !frame.thin;
  return [
    s("rect", { class: `band ${kind}`, ...place }),
    kind !== "ready" && s("rect", { ...place, fill: `url(#hatch-${kind})` }),
    ...calls(frame, points, to, floor, (box.high - STRIP - 3) / top, kind),
    s("rect", { class: `strip ${kind}`, x, y: floor, width, height: STRIP }),
    word && s("text", { class: `word ${kind}`, x: x + 6, y: box.y + 13 }, state),
  ].filter(Boolean);
}

function calls(frame, points, to, floor, pixels, kind) {
  if (!points.some((point) => point.rate > 0)) return [];
  const spots = points.map((point) => [frame.x(point.t), floor - point.rate * pixels]);
  spots.push([frame.x(to), spots.at(-1)[1]]);
  const along = spots.map(([x, y]) => `${x.toFixed(1)},${y.toFixed(1)}`).join(" ");
  const from = `${spots[0][0].toFixed(1)},${floor}`;
  return [
    s("polygon", {
      class: `area ${kind}`,
      points: `${from} ${along} ${spots.at(-1)[0].toFixed(1)},${floor}`,
    }),
    s("polyline", { class: `trace ${kind}`, points: along }),
  ];
}

function names(frame, lane, y, state) {
  const kind = KIND[state] ?? "gone";
  const text = state === "gone" ? "gone" : state;
  if (frame.narrow) {
    return [
      s("text", { class: "name", x: frame.left, y: y + 11 }, lane.endpoint),
      s(
        "text",
        { class: `word ${kind}`, x: frame.right, y: y + 11, "text-anchor": "end" },
        text,
      ),
    ];
  }
  if (frame.thin)
    return [s("text", { class: "name", x: 16, y: y + 14 }, lane.endpoint)];
  return [
    s("text", { class: "name", x: 16, y: y + 17 }, lane.endpoint),
    s("text", { class: `word ${kind}`, x: 16, y: y + 32 }, text),
  ];
}

/** What marks a state besides its colour. */
export function hatch(kind, angle) {
  return s(
    "pattern",
    {
      id: `hatch-${kind}`,
      class: kind,
      width: 7,
      height: 7,
      patternUnits: "userSpaceOnUse",
      patternTransform: `rotate(${angle})`,
    },
    s("line", { class: "hatch", x1: 0, x2: 0, y1: 0, y2: 7 }),
  );
}
