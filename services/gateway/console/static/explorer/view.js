/** Every method that there is, to be called by hand. */

import { h, panel, tell } from "../page/dom.js";
import { stream, unary } from "../wire/connect.js";
import { refusalOf } from "../wire/refused.js";
import { Answer } from "./answer.js";
import { copies } from "./copies.js";
import { Earlier } from "./earlier.js";
import { about, Methods } from "./methods.js";
import { RequestEditor } from "./request.js";

export class ExplorerView {
  #catalog = null;
  #method = null;
  #calling = null;

  constructor(root) {
    this.methods = new Methods((method) => this.open(method));
    this.request = new RequestEditor();
    this.answer = new Answer();
    this.head = h("section", { class: "panel", "aria-label": "Method" });
    this.sendButton = h(
      "button",
      { type: "button", class: "primary", onclick: () => this.#press() },
      "Send",
    );
    this.earlier = new Earlier((call) => this.#again(call));
    this.notice = h("p", { class: "notice bad", hidden: true });
    const work = h("div", { class: "work" }, this.#requestPanel(), this.answer.element);
    this.right = h("div", { class: "stack", hidden: true }, this.head, work);
    root.append(
      h(
        "div",
        { class: "stack" },
        this.notice,
        h(
          "div",
          { class: "explore" },
          this.methods.element,
          this.right,
          this.earlier.element,
        ),
      ),
    );
  }

  #requestPanel() {
    const call = () => {
      const request = this.request.read();
      return request && { method: this.#method, ...request };
    };
    const deadline = h(
      "div",
      { class: "field" },
      h("label", { for: "deadline" }, "Deadline, ms"),
      this.request.deadline,
    );
    return h(
      "section",
      { class: "panel", "aria-label": "Request" },
      this.request.element,
      h("div", { class: "send" }, deadline, copies(call), this.sendButton),
    );
  }

  show() {}

  hide() {}

  /** Show the methods of *catalog*; the one that is open stays open. */
  catalog(catalog) {
    this.#catalog = catalog;
    this.notice.hidden = true;
    this.methods.draw(catalog);
    const all = catalog.services.flatMap((service) => service.methods);
    const same = all.find((method) => method.path === this.#method?.path);
    const first = same ?? all[0];
    if (first) this.open(first, same ? this.request.json.value : "{}");
  }

  /** Say why there is nothing to choose from. */
  failed(error) {
    this.notice.hidden = false;
    tell(this.notice, `The methods cannot be read: ${error.message}`);
  }

  /** Open *method*, with a request of *text*. */
  open(method, text = "{}") {
    if (this.#method?.path !== method.path) this.answer.clear();
    this.#method = method;
    this.right.hidden = false;
    this.head.replaceChildren(about(method));
    this.methods.mark(method);
    this.request.open(this.#catalog, method, text);
    this.sendButton.disabled = method.client_streaming;
  }

  async #press() {
    if (this.#calling) this.#calling.abort();
    else await this.#send();
  }

  async #send() {
    const request = this.request.read();
    if (request) await this.#call(request);
  }

  async #call(request) {
    const method = this.#method;
    const begun = performance.now();
    const took = () => performance.now() - begun;
    this.#busy(new AbortController());
    this.answer.begin(method.server_streaming);
    let outcome = "OK";
    try {
      if (method.server_streaming) await this.#stream(method, request, took);
      else await this.#unary(method, request, took);
    } catch (error) {
      outcome = error.name === "AbortError" ? "CANCELLED" : error.code || "UNREACHABLE";
      if (error.name === "AbortError") this.answer.cancelled(took());
      else this.answer.failed(error, took());
    }
    this.#busy(null);
    this.earlier.add({ ...request, method: method.path, at: Date.now(), outcome });
  }

  async #unary(method, request, took) {
    const { response, text } = await unary(
      method.path,
      request.text,
      this.#options(request),
    );
    this.answer.response(response);
    if (!response.ok) throw refusalOf(text, response.status);
    this.answer.done(took(), text);
  }

  async #stream(method, request, took) {
    const begun = (response) => this.answer.response(response);
    for await (const text of stream(method.path, request.text, {
      ...this.#options(request),
      begun,
    })) {
      this.answer.message(text, took());
    }
    this.answer.done(took());
  }

  #options({ headers, timeoutMs }) {
    return {
      headers: Object.fromEntries(headers),
      timeoutMs,
      signal: this.#calling.signal,
    };
  }

  #busy(calling) {
    this.#calling = calling;
    tell(this.sendButton, calling ? "Cancel" : "Send");
  }

  /** What was sent before is sent again; what may change something, only shown. */
  async #again(call) {
    const all = this.#catalog?.services.flatMap((service) => service.methods) ?? [];
    const method = all.find((each) => each.path === call.method);
    if (!method || this.#calling) return;
    this.open(method, call.text);
    this.request.options(call);
    if (method.reads) await this.#send();
  }
}
