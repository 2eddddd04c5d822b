/** The calls that were made before, to choose from. */

import { h, panel } from "../page/dom.js";
import { clock } from "../page/numbers.js";
import { forget, past, remember } from "./past.js";

export class Earlier {
  /** @param {(call: object) => void} chosen is told which one. */
  constructor(chosen) {
    this.chosen = chosen;
    const label = { tabindex: 0, "aria-label": "Earlier calls, newest first" };
    this.list = h("ol", { class: "history", ...label });
    const cleared = () => {
      forget();
      this.#draw();
    };
    const clear = { type: "button", class: "plain tight", onclick: cleared };
    this.element = panel("History", h("button", clear, "Clear"), this.list);
    this.#draw();
  }

  /** Keep *call*, and show it. */
  add(call) {
    remember(call);
    this.#draw();
  }

  #draw() {
    const calls = past();
    const nothing = h("li", { class: "empty" }, "Nothing sent yet");
    const items = calls.map((call) => this.#item(call));
    this.list.replaceChildren(...(items.length ? items : [nothing]));
  }

  #item(call) {
    const kind = call.outcome === "OK" ? "ready" : "failing";
    const name = call.method.split("/").at(-1);
    return h(
      "li",
      {},
      h(
        "button",
        { type: "button", onclick: () => this.chosen(call) },
        h("span", {}, `${name} `, h("span", { class: "quiet" }, clock(call.at))),
        h("span", { class: `badge ${kind}` }, call.outcome),
        h("small", {}, call.text.replace(/\s+/g, " ")),
      ),
    );
  }
}
