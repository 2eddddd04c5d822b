/** The fleet, live. */

import { h, panel, scroller, tell } from "../page/dom.js";
import { clock, rate, since, whole } from "../page/numbers.js";
import { say } from "../page/say.js";
import { follow } from "../wire/events.js";
import { History } from "./history.js";
import { Plot } from "./plot.js";
import { Table } from "./table.js";
import { Traffic } from "./traffic.js";

const LEGEND = [
  ["ready", "ready"],
  ["connecting", "connecting"],
  ["leaving", "not serving"],
  ["failing", "failing"],
];

export class FleetView {
  #history = new History();
  #plot = new Plot();
  #table = new Table();
  #traffic = new Traffic();
  #following = new AbortController();
  #shown = true;
  #latest = null;

  constructor(root) {
    this.figures = figures([
      "Tasks ready",
      "Calls/s",
      "In flight",
      "Requests",
      "Failed",
      "Up for",
    ]);
    this.events = h("ol", {
      class: "happened",
      tabindex: 0,
      "aria-label": "What happened, newest first",
    });
    this.quiet = h(
      "p",
      { class: "empty" },
      "Nothing has changed since this page was opened.",
    );
    this.notice = h("p", { class: "notice bad", role: "alert", hidden: true });
    root.append(
      h(
        "div",
        { class: "stack" },
        this.notice,
        this.figures.element,
        this.#lanes(),
        this.#below(),
      ),
    );
    new ResizeObserver(() => this.#plot.resized()).observe(this.#plot.element);
  }

  #lanes() {
    const legend = h(
      "div",
      { class: "legend", "aria-hidden": "true" },
      LEGEND.map(([kind, text]) => h("span", { class: kind }, h("i"), text)),
    );
    return panel(
      "Tasks over time",
      this.#traffic.element,
      h("div", {}, this.#plot.element),
      h("div", { class: "pad" }, legend),
    );
  }

  #below() {
    return h(
      "div",
      { class: "columns" },
      panel("Tasks", null, scroller("Tasks, a wide table", this.#table.element)),
      panel("What happened", null, this.quiet, this.events),
    );
  }

  show() {
    this.#shown = true;
    this.#draw();
  }

  hide() {
    this.#shown = false;
  }

  catalog(catalog) {
    this.#traffic.offer(catalog);
  }

  /** Follow the fleet, with the key that there is now. */
  begin(link) {
    this.#following.abort();
    this.#following = new AbortController();
    follow("/-/fleet", {
      signal: this.#following.signal,
      open: () => this.#opened(link),
      lost: (why) => this.#lost(link, why),
      event: ({ kind, data }) => kind === "message" && this.#snapshot(JSON.parse(data)),
    });
  }

  #opened(link) {
    link("live");
    this.notice.hidden = true;
  }

  #lost(link, why) {
    link("lost");
    if (!why?.code) return;
    this.notice.hidden = false;
    tell(this.notice, `The fleet cannot be shown: ${why.message}`);
  }

  #snapshot(snapshot) {
    const fresh = this.#history.push(snapshot);
    this.#latest = snapshot;
    for (const event of fresh.toReversed()) this.events.prepend(happened(event));
    while (this.events.children.length > 100) this.events.lastChild.remove();
    this.events.hidden = this.events.children.length === 0;
    this.quiet.hidden = !this.events.hidden;
    if (fresh.length)
      say(fresh.map(({ endpoint, state }) => `${endpoint} ${state}`).join("; "));
    this.#draw();
  }

  #draw() {
    if (!this.#shown || !this.#latest || document.hidden) return;
    this.#plot.draw(this.#history);
    this.#table.draw(this.#latest, this.#history);
    this.#sum();
  }

  #sum() {
    const { gateway, backends, time } = this.#latest;
    const tasks = backends.flatMap((backend) => backend.tasks);
    const ready = tasks.filter((task) => task.state === "ready").length;
    this.figures.set(
      0,
      `${ready} of ${tasks.length}`,
      ready < tasks.length ? "warn" : "",
    );
    this.figures.set(1, rate(this.#history.total.at(-1)?.rate ?? 0));
    this.figures.set(2, whole(gateway.in_flight));
    this.figures.set(3, whole(gateway.requests));
    this.figures.set(4, whole(gateway.failed), gateway.failed ? "warn" : "");
    this.figures.set(5, since(Date.parse(time) - Date.parse(gateway.started)));
    tell(document.getElementById("version"), `gateway ${gateway.version}`);
  }
}

function figures(names) {
  const values = names.map(() => h("dd", {}, "–"));
  const set = (at, text, kind = "") => {
    tell(values[at], text);
    values[at].className = kind;
  };
  const element = h(
    "dl",
    { class: "figures" },
    names.map((name, at) => h("div", {}, h("dt", {}, name), values[at])),
  );
  return { element, set };
}

function happened({ t, endpoint, kind, state, note }) {
  const badge = h("span", { class: `badge ${kind}` }, state);
  const line = h(
    "span",
    { class: "row" },
    h("span", { class: "mono" }, endpoint),
    badge,
  );
  return h(
    "li",
    {},
    h("time", {}, clock(t)),
    line,
    note && h("span", { class: "note", title: note }, note),
  );
}
