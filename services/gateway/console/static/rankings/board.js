/** One page of one board in one period; the current one is live. */

import { h, panel, scroller, tell } from "../page/dom.js";
import { plural, whole } from "../page/numbers.js";
import { follow } from "../wire/events.js";
import { refusal } from "../wire/refused.js";
import { path, read } from "../wire/rest.js";
import { Changes } from "./changes.js";
import { currentName, shown } from "./periods.js";
import { Rows } from "./rows.js";

const AGAIN_MS = 5000;
const SETTLE_MS = 120; // changes come in bursts: the page is read once after each

export class BoardPage {
  changes = new Changes();
  #rows = new Rows("The ranking, best first");
  #watching = new AbortController();
  #timer = 0;
  #tokens = [""];
  #next = "";
  #asked = 0;

  /** @param {(error: Error|null) => void} failed is told what to show. */
  constructor(failed, stale) {
    this.failed = failed;
    this.stale = stale;
    this.title = h("span", {}, "Ranking");
    this.live = h(
      "span",
      { class: "link", "data-state": "connecting" },
      h("span", { class: "dot", "aria-hidden": "true" }),
      h("span"),
    );
    this.empty = h(
      "p",
      { class: "empty", hidden: true },
      "Nobody has a score here yet.",
    );
    this.count = h("span", { class: "quiet" });
    this.newer = h(
      "button",
      { type: "button", onclick: () => this.#turn(-1) },
      "Better",
    );
    this.older = h(
      "button",
      { type: "button", onclick: () => this.#turn(1) },
      "Further down",
    );
    const pager = h(
      "nav",
      { class: "pager", "aria-label": "Pages" },
      this.count,
      h("span", { class: "row" }, this.newer, this.older),
    );
    this.element = panel(
      this.title,
      this.live,
      scroller("Ranking, a wide table", this.#rows.element),
      this.empty,
      pager,
    );
  }

  /** Show *board*; an empty *period* is the current one. */
  async open(board, period, pageSize) {
    Object.assign(this, { board, period, pageSize });
    this.#tokens = [""];
    tell(
      this.title,
      `${board.name}, ${period ? shown(period) : currentName(board).toLowerCase()}`,
    );
    this.changes.element.hidden = Boolean(period);
    this.stop();
    const page = await this.#read(false);
    if (page && !period) this.#watch(page.resumeToken);
    else tell(this.live.lastChild, period ? "final" : "");
    if (period) this.live.dataset.state = "final";
  }

  /** End the watch. */
  stop() {
    this.#watching.abort();
    clearTimeout(this.#timer);
  }

  async #read(glide) {
    this.#asked += 1;
    const turn = this.#asked;
    const query = new URLSearchParams({ page_size: this.pageSize });
    const token = this.#tokens.at(-1);
    if (token) query.set("page_token", token);
    const place = this.period ? ["periods", this.period] : [];
    try {
      const page = await read(
        `${path("rankings", this.board.name, ...place)}?${query}`,
      );
      if (turn !== this.#asked) return null; // a newer question is on its way
      this.#show(page, glide);
      return page;
    } catch (error) {
      if (turn === this.#asked) this.failed(error);
      return null;
    }
  }

  #show(page, glide) {
    this.failed(null);
    const entries = page.entries ?? [];
    this.#next = page.nextPageToken ?? "";
    this.#rows.draw(entries, { glide });
    this.empty.hidden = entries.length > 0;
    const from = entries[0]?.rank;
    const range = entries.length
      ? `${whole(from)} to ${whole(entries.at(-1).rank)} of `
      : "";
    tell(this.count, `${range}${plural(Number(page.total ?? 0), "user")}`);
    this.newer.disabled = this.#tokens.length === 1;
    this.older.disabled = !this.#next;
  }

  #turn(by) {
    if (by > 0) this.#tokens.push(this.#next);
    else this.#tokens.pop();
    this.#read(false);
  }

  #watch(lastId) {
    this.#watching = new AbortController();
    follow(`${path("rankings", this.board.name)}:watch`, {
      lastId,
      signal: this.#watching.signal,
      open: () => this.#state("live", "live"),
      lost: (why) => this.#lost(why),
      event: ({ kind, data }) => this.#event(kind, JSON.parse(data)),
    });
  }

  #state(state, text) {
    this.live.dataset.state = state;
    tell(this.live.lastChild, text);
  }

  #event(kind, said) {
    if (kind === "stream-error") this.#lost(refusal(said));
    if (kind !== "message") return;
    const current = this.board.currentPeriod;
    if (said.period && said.period > current) this.stale(); // another day has begun
    // A late score counts for the day before, which is not shown here.
    if (said.period && said.period !== current) return;
    const { entry, erased, missed } = said;
    if (!entry && !erased && !Number(missed ?? 0)) return; // only where it is
    this.changes.add(said);
    if (entry) this.#rows.moved(entry.user.userId, said.previousRank, entry.rank);
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#read(true), SETTLE_MS);
  }

  #lost(why) {
    this.#state("lost", why?.message ?? "reconnecting");
    if (!why || why.passing || !why.code) return;
    // Where it was is not known any more: begin with the page as it is now.
    clearTimeout(this.#timer);
    this.#timer = setTimeout(this.stale, AGAIN_MS);
  }
}
