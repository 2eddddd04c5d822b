/** The request of one method: as a form and as JSON, which say the same. */

import { freshId, h, tell } from "../page/dom.js";
import { tabbed } from "../page/tabs.js";
import { Form } from "./form.js";
import { headersIn, headersText } from "./headers.js";

const [FORM, JSON_TEXT, HEADERS] = [0, 1, 2];

export class RequestEditor {
  #value = {};
  #shown = FORM;

  constructor() {
    const headersId = freshId("headers");
    this.wrong = h("p", { class: "notice bad", role: "alert", hidden: true });
    this.form = h("div");
    this.json = textarea(12, {
      "aria-label": "Request as JSON",
      oninput: () => this.#typed(),
    });
    this.headers = textarea(5, { id: headersId, placeholder: "x-request-id: my-call" });
    this.deadline = h("input", {
      id: "deadline",
      type: "text",
      inputmode: "numeric",
      placeholder: "default",
      autocomplete: "off",
    });
    const label = h("label", { for: headersId }, "One on each line, as name: value");
    const parts = [
      ["Form", "request-body", this.form],
      ["JSON", "request-body", this.json],
      ["Headers", "request-body", label, this.headers],
    ];
    const { elements, show } = tabbed("Request", parts, (at) => this.#turned(at));
    this.show = show;
    this.element = h("div", {}, elements, this.wrong);
  }

  /** Edit a request of *method*; *text* is what it begins with. */
  open(catalog, method, text = "{}") {
    this.catalog = catalog;
    this.method = method;
    this.json.value = text;
    this.#typed();
    this.#draw();
  }

  /** Replace the headers and the deadline. */
  options({ headers = [], timeoutMs = 0 }) {
    this.headers.value = headersText(headers);
    this.deadline.value = timeoutMs ? String(timeoutMs) : "";
  }

  /** Return {text, headers, timeoutMs}, or null and say what is wrong with it. */
  read() {
    const text = this.json.value.trim() || "{}";
    const parts = [
      [JSON_TEXT, () => JSON.parse(text)],
      [HEADERS, () => headersIn(this.headers.value)],
    ];
    for (const [at, check] of parts) {
      try {
        check();
      } catch (error) {
        this.show(at);
        this.#complain(error.message);
        return null;
      }
    }
    this.#complain("");
    const timeoutMs = Number.parseInt(this.deadline.value, 10) || 0;
    return { text, headers: headersIn(this.headers.value), timeoutMs };
  }

  #complain(text) {
    this.wrong.hidden = !text;
    tell(this.wrong, text);
  }

  #typed() {
    try {
      this.#value = object(this.json.value.trim() || "{}");
      this.#complain("");
    } catch (error) {
      this.#complain(error.message);
    }
    this.json.setAttribute("aria-invalid", String(!this.wrong.hidden));
  }

  #draw() {
    const value = this.#value;
    const form = new Form(this.catalog, () => {
      this.json.value = JSON.stringify(value, null, 2);
      this.#complain("");
    });
    this.form.replaceChildren(form.message(this.method.input, value));
  }

  #turned(at) {
    // The JSON may have been changed since the form was drawn.
    if (at === FORM && this.#shown !== FORM && this.method) this.#draw();
    this.#shown = at;
  }
}

function textarea(rows, given) {
  return h("textarea", { spellcheck: "false", rows, ...given });
}

function object(text) {
  const value = JSON.parse(text);
  if (typeof value === "object" && value !== null && !Array.isArray(value))
    return value;
  throw new Error("A request is an object in JSON: { ... }");
}
