/** Every method of every service, to choose from. */

import { h, panel, tell } from "../page/dom.js";

export class Methods {
  #buttons = new Map();

  /** @param {(method: object) => void} chosen is told which one. */
  constructor(chosen) {
    this.chosen = chosen;
    this.filter = h("input", {
      type: "search",
      id: "method-filter",
      placeholder: "Filter",
      autocomplete: "off",
      spellcheck: "false",
      "aria-label": "Filter methods",
      oninput: () => this.#filtered(),
    });
    this.list = h("div", { class: "methods" });
    this.element = panel("Methods", this.filter, this.list);
  }

  /** Show the methods of *catalog*. */
  draw(catalog) {
    this.#buttons.clear();
    this.list.replaceChildren(
      ...catalog.services.map((service) => this.#service(service)),
    );
  }

  /** Mark *method* as the one that is open. */
  mark(method) {
    for (const [path, button] of this.#buttons) {
      button.setAttribute("aria-current", String(path === method.path));
    }
  }

  #service(service) {
    const items = service.methods.map((method) => {
      const kind = kindOf(method);
      const button = h(
        "button",
        { type: "button", onclick: () => this.chosen(method) },
        h("span", {}, method.name),
        kind !== "UNARY" && h("span", { class: "badge", title: kind }, "stream"),
      );
      this.#buttons.set(method.path, button);
      return h("li", {}, button);
    });
    return h("div", {}, h("h3", {}, service.name), h("ul", {}, items));
  }

  #filtered() {
    const wanted = this.filter.value.trim().toLowerCase();
    for (const [path, button] of this.#buttons) {
      button.parentElement.hidden = !path.toLowerCase().includes(wanted);
    }
  }
}

/** What a method is in a word, as its badge says. */
export function kindOf(method) {
  if (method.client_streaming)
    return method.server_streaming ? "BIDI STREAM" : "CLIENT STREAM";
  return method.server_streaming ? "SERVER STREAM" : "UNARY";
}

/** What is known of *method*: its name, badges, comment and routes. */
export function about(method) {
  const badges = [
    h("span", { class: "badge accent" }, kindOf(method)),
    method.reads && h("span", { class: "badge ready" }, "READS"),
  ];
  const name = h("h2", {});
  tell(name, method.path);
  return h(
    "div",
    { class: "method-head" },
    h("div", { class: "row" }, name, badges),
    method.comment && h("p", { class: "small" }, method.comment),
    method.client_streaming &&
      h(
        "p",
        { class: "notice" },
        "A stream of requests cannot be sent from a browser.",
      ),
    h("p", { class: "type mono quiet" }, `${method.input} → ${method.output}`),
    h(
      "ul",
      { "aria-label": "Routes" },
      method.routes.map(({ verb, template }) => h("li", {}, `${verb} ${template}`)),
    ),
  );
}
