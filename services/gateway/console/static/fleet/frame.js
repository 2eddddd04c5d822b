/** Where things are in the plot: pixels for times, rows and rates. */

import { s } from "../page/dom.js";
import { WINDOW_MS } from "./history.js";

export const TOTAL = 54; // pixels: the curve of all tasks
export const AXIS = 20;
const NARROW = 620; // below, names stand in the lanes
const MANY = 10; // tasks; above, lanes are thin
const SPANS = [30_000, 60_000, WINDOW_MS]; // a page just opened has little to show
const FRESH_MS = 3000;

/** Return the measures of a plot of so many *lanes*, *width* pixels wide. */
export function frameOf(width, lanes, { now, total }) {
  const seen = now - (total[0]?.t ?? now);
  const span = SPANS.find((each) => each > seen) ?? WINDOW_MS;
  const narrow = width < NARROW;
  const left = narrow ? 10 : 172;
  const right = width - (narrow ? 52 : 76);
  const high = (lanes > MANY ? 20 : 40) + (narrow ? 16 : 0);
  return {
    width,
    narrow,
    left,
    right,
    high,
    now,
    span,
    thin: lanes > MANY,
    height: TOTAL + lanes * (high + 6) + AXIS + 8,
    y: (row) => TOTAL + 8 + row * (high + 6),
    x: (t) => right - ((now - Math.max(t, now - span)) / span) * (right - left),
    time: (x) => now - ((right - x) / (right - left)) * span,
  };
}

/** Return the top of a scale for *rates*: never so low that one call fills it. */
export function scale(rates) {
  return Math.max(2, ...rates) * 1.08;
}

/** Return the point that was there at *t*, or null. */
export function nearest(points, t) {
  const found = points.findLast((point) => point.t <= t);
  return found && t - found.t < FRESH_MS ? found : null;
}

/** A number at the right end of a row. */
export function value(frame, y, text) {
  return s(
    "text",
    { class: "value", x: frame.width - 14, y, "text-anchor": "end" },
    text,
  );
}
