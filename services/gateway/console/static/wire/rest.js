/** Calls by the REST routes, which answer JSON. */

import { keyHeaders } from "../page/key.js";
import { refusalOf, unreachable } from "./refused.js";

/** Return the JSON at *path*; throws `Refused`. */
export function read(path, { signal } = {}) {
  return ask(path, { signal });
}

/** Send *message* as JSON and return the answer; throws `Refused`. */
export function send(path, message, { signal } = {}) {
  return ask(path, {
    signal,
    method: "POST",
    body: JSON.stringify(message),
    headers: { "content-type": "application/json" },
  });
}

async function ask(path, options) {
  const headers = { accept: "application/json", ...options.headers, ...keyHeaders() };
  try {
    const response = await fetch(path, { ...options, headers });
    const text = await response.text();
    if (!response.ok) throw refusalOf(text, response.status);
    return JSON.parse(text);
  } catch (error) {
    throw unreachable(error);
  }
}

/** Join path segments, each escaped, to `/v1/...`. */
export function path(...segments) {
  return `/v1/${segments.map(encodeURIComponent).join("/")}`;
}
