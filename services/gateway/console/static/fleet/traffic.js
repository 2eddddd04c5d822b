/** A minute of calls on request: a quiet fleet shows no spread. */

import { h, tell } from "../page/dom.js";
import { milliseconds, whole } from "../page/numbers.js";
import { say } from "../page/say.js";
import { unary } from "../wire/connect.js";

const METHOD = "rpc.Rpc/GetChampion";
const EVERY_MS = 100;
const CALLS = 600; // a minute of them
const MOST_WAITING = 30;
const CHAMPIONS = 3; // other ids for other calls: equal ones in flight are shared

export class Traffic {
  #timer = 0;
  #sent = 0;
  #answered = 0;
  #lost = 0;
  #waiting = 0;
  #took = [];
  #begun = 0;

  constructor() {
    this.button = h(
      "button",
      { type: "button", onclick: () => this.#press() },
      "Send traffic",
    );
    this.bar = h("progress", {
      max: CALLS,
      value: 0,
      "aria-label": "Calls sent",
      hidden: true,
    });
    this.told = h("span", { class: "quiet" }, "10 calls a second, for a minute");
    this.element = h("div", { class: "traffic" }, this.told, this.bar, this.button);
    this.element.hidden = true;
  }

  /** Offer it only where there is the method to call. */
  offer(catalog) {
    const names = catalog.services.flatMap((service) =>
      service.methods.map((method) => method.path),
    );
    this.element.hidden = !names.includes(METHOD);
  }

  #press() {
    if (this.#timer) this.#end("stopped");
    else this.#begin();
  }

  #begin() {
    this.#sent = this.#answered = this.#lost = 0;
    this.#took = [];
    this.#begun = performance.now();
    this.#timer = setInterval(() => this.#turn(), EVERY_MS);
    this.button.textContent = "Stop";
    this.bar.hidden = false;
    say("Sending traffic");
  }

  #end(how) {
    clearInterval(this.#timer);
    this.#timer = 0;
    this.button.textContent = "Send traffic";
    this.bar.hidden = true;
    say(`Traffic ${how}: ${this.#sent} calls, ${this.#lost} lost`);
  }

  /** A hidden page has few turns: they make up for it, so that a minute stays one. */
  #turn() {
    const due = Math.min(
      CALLS,
      Math.floor((performance.now() - this.#begun) / EVERY_MS),
    );
    while (this.#sent < due && this.#waiting < MOST_WAITING) this.#call();
    if (due >= CALLS && this.#sent >= CALLS) this.#end("done");
    this.#show();
  }

  async #call() {
    this.#sent += 1;
    this.#waiting += 1;
    const begun = performance.now();
    const asked = { championId: 1 + (this.#sent % CHAMPIONS) };
    try {
      const { response } = await unary(METHOD, JSON.stringify(asked));
      if (!response.ok) this.#lost += 1;
    } catch {
      this.#lost += 1;
    }
    this.#took.push(performance.now() - begun);
    this.#answered += 1;
    this.#waiting -= 1;
    this.#show();
  }

  #show() {
    this.bar.value = this.#sent;
    const middle =
      this.#took.toSorted((a, b) => a - b)[Math.floor(this.#took.length / 2)] ?? 0;
    tell(
      this.told,
      `${whole(this.#answered)} answered, ${whole(this.#lost)} lost, median ${milliseconds(middle)}`,
    );
  }
}
