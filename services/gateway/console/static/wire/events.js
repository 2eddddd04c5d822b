/**
 * Server-sent events by fetch: `EventSource` can send no key, and tells nothing
 * of a refusal.
 */

import { keyHeaders } from "../page/key.js";
import { refusalOf, unreachable } from "./refused.js";

const SILENCE_MS = 40_000; // the gateway's heartbeat comes every 15 s
const LEAST_MS = 500;
const MOST_MS = 8000;
const PAUSE_MS = 15_000;

/** Takes text as it comes, gives whole events: the standard's parsing rules. */
export class EventParser {
  lastId = "";
  retryMs = 0;
  #rest = "";
  #data = [];
  #kind = "";

  /** Return the events that *text* completes. */
  push(text) {
    this.#rest += text;
    const lines = this.#rest.split(/\r\n|\n|\r(?!$)/);
    this.#rest = lines.pop();
    return lines.map((line) => this.#line(line)).filter(Boolean);
  }

  #line(line) {
    if (line === "") return this.#event();
    const [, name, value] = /^([^:]*):? ?(.*)$/s.exec(line);
    if (name === "data") this.#data.push(value);
    else if (name === "event") this.#kind = value;
    else if (name === "id" && !value.includes("\0")) this.lastId = value;
    else if (name === "retry" && /^\d+$/.test(value)) this.retryMs = Number(value);
    return null;
  }

  #event() {
    const event = { kind: this.#kind || "message", data: this.#data.join("\n") };
    const empty = this.#data.length === 0;
    this.#data = [];
    this.#kind = "";
    return empty ? null : event;
  }
}

/**
 * Follow *path* until *signal* aborts: connects again, and goes on where it was.
 *
 * @param {object} told
 * @param {(event: {kind: string, data: string}) => void} told.event
 * @param {() => void} told.open the stream has begun.
 * @param {(why: Refused|null) => void} told.lost it has ended; another try follows.
 * @param {string} told.lastId where to begin.
 */
export async function follow(path, { event, open, lost, signal, lastId = "" }) {
  const parser = new EventParser();
  parser.lastId = lastId;
  let pauseMs = LEAST_MS;
  while (!signal.aborted) {
    let why = null;
    try {
      const told = (each) => {
        // Only news shows that it works: a stream may open, and fail at once.
        if (each.kind === "message") pauseMs = LEAST_MS;
        event(each);
      };
      await once(path, parser, signal, told, open);
    } catch (error) {
      why = unreachable(error);
    }
    if (signal.aborted) return;
    lost(why);
    // A refusal that will not pass is asked about seldom: a key may come.
    if (why && why.name !== "AbortError" && !why.passing) pauseMs = PAUSE_MS;
    await pause(Math.max(pauseMs, Math.min(parser.retryMs, MOST_MS)), signal);
    pauseMs = Math.min(pauseMs * 2, MOST_MS);
  }
}

async function once(path, parser, signal, event, open) {
  const silence = new AbortController();
  const headers = { accept: "text/event-stream", ...keyHeaders() };
  if (parser.lastId) headers["last-event-id"] = parser.lastId;
  const stop = () => silence.abort();
  signal.addEventListener("abort", stop);
  let timer = setTimeout(stop, SILENCE_MS);
  try {
    const response = await fetch(path, {
      headers,
      signal: silence.signal,
      cache: "no-store",
    });
    if (!response.ok) throw refusalOf(await response.text(), response.status);
    open();
    const text = response.body.pipeThrough(new TextDecoderStream()).getReader();
    for (let part = await text.read(); !part.done; part = await text.read()) {
      clearTimeout(timer);
      timer = setTimeout(stop, SILENCE_MS);
      for (const each of parser.push(part.value)) event(each);
    }
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", stop);
  }
}

function pause(ms, signal) {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms * (0.75 + Math.random() / 2));
    signal.addEventListener("abort", () => (clearTimeout(timer), resolve()), {
      once: true,
    });
  });
}
