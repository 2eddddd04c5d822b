/** JSON in lines and colours. */

import { h } from "../page/dom.js";

const MOST = 200_000; // characters; more of them are shown plain

const TOKEN =
  /("(?:[^"\\]|\\.)*")(\s*:)?|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/g;

/** Return nodes for the JSON *text*; for anything else the text as it is. */
export function coloured(text) {
  const laid = pretty(text);
  if (laid.length > MOST) return [laid];
  const parts = [];
  let from = 0;
  for (const found of laid.matchAll(TOKEN)) {
    parts.push(laid.slice(from, found.index), token(found));
    from = found.index + found[0].length;
  }
  return [...parts, laid.slice(from)];
}

/** Lay JSON out in lines. */
export function pretty(text) {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

function token([all, string, colon]) {
  if (!string) return h("span", { class: "n" }, all);
  if (!colon) return h("span", { class: "s" }, all);
  return h("span", {}, h("span", { class: "k" }, string), colon);
}
