/** What came back: status, time, body, headers; a stream as a log. */

import { h } from "../page/dom.js";
import { milliseconds, plural, whole } from "../page/numbers.js";
import { say } from "../page/say.js";
import { tabbed } from "../page/tabs.js";
import { coloured } from "./pretty.js";

const MOST_LOGGED = 500;

export class Answer {
  #count = 0;

  constructor() {
    this.line = h("div", { class: "answer-line" });
    const body = { role: "region", tabindex: 0, "aria-label": "Body of the answer" };
    this.code = h("pre", { class: "code", ...body });
    const stream = { tabindex: 0, "aria-label": "Messages of the stream, newest last" };
    this.log = h("ol", { class: "log", ...stream });
    this.headers = h("dl", { class: "pairs" });
    const parts = [
      ["Body", null, this.code, this.log],
      ["Headers", null, this.headers],
    ];
    this.element = h(
      "section",
      { class: "panel answer", "aria-label": "Answer" },
      h("div", { class: "panel-head" }, this.line),
      tabbed("Answer", parts).elements,
    );
    this.clear();
  }

  /** Forget the last answer: it was another method's. */
  clear() {
    this.begin(false);
    this.line.replaceChildren(h("span", { class: "quiet" }, "Nothing sent yet"));
  }

  /** A call has begun. */
  begin(streams) {
    this.#count = 0;
    this.#says("", "waiting …");
    this.code.replaceChildren();
    this.log.replaceChildren();
    this.headers.replaceChildren();
    this.code.hidden = streams;
    this.log.hidden = !streams;
  }

  /** A response has begun: show its headers. */
  response(response) {
    const all = [...response.headers].flatMap(([name, value]) => [
      h("dt", {}, name),
      h("dd", {}, value),
    ]);
    this.headers.replaceChildren(
      h("dt", {}, "status"),
      h("dd", {}, String(response.status)),
      ...all,
    );
  }

  /** A message of a stream has come. */
  message(text, ms) {
    this.#count += 1;
    const item = h(
      "li",
      {},
      h(
        "div",
        { class: "when" },
        h("span", {}, `#${this.#count}`),
        h("span", {}, `+${(ms / 1000).toFixed(3)} s`),
        h("span", {}, new Date().toLocaleTimeString("en-GB")),
      ),
      h("pre", {}, coloured(text)),
    );
    const atEnd =
      this.log.scrollTop + this.log.clientHeight >= this.log.scrollHeight - 8;
    this.log.append(item);
    while (this.log.children.length > MOST_LOGGED) this.log.firstChild.remove();
    if (atEnd) this.log.scrollTop = this.log.scrollHeight;
    this.#says("ready", "receiving", plural(this.#count, "message"));
  }

  /** All has come; *text* is the body of a call with one answer. */
  done(ms, text = null) {
    if (text !== null) this.code.replaceChildren(...coloured(text));
    const size =
      text === null
        ? plural(this.#count, "message")
        : `${whole(new TextEncoder().encode(text).length)} bytes`;
    this.#says("ready", "OK", milliseconds(ms), size);
    say(`OK, ${size}`);
  }

  /** It failed; a stream shows what came before. */
  failed(error, ms) {
    const http = error.http ? `HTTP ${error.http}` : "";
    this.#says("failing", error.code || "UNREACHABLE", http, milliseconds(ms));
    this.code.hidden = false;
    const { message, details } = error;
    this.code.replaceChildren(
      ...coloured(JSON.stringify(details?.length ? { message, details } : { message })),
    );
    say(`${error.code} ${message}`);
  }

  /** It was cancelled here. */
  cancelled(ms) {
    this.#says(
      "leaving",
      "CANCELLED",
      milliseconds(ms),
      this.#count ? plural(this.#count, "message") : "",
    );
    say("Cancelled");
  }

  #says(kind, word, ...more) {
    const badge = h("span", { class: `badge ${kind}` }, word);
    this.line.replaceChildren(
      badge,
      ...more.filter(Boolean).map((text) => h("span", { class: "quiet" }, text)),
    );
  }
}
