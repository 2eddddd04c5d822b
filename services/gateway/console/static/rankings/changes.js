/** What has changed on a board since it was opened, newest first. */

import { h, panel } from "../page/dom.js";
import { clock, plural, whole } from "../page/numbers.js";
import { arrow } from "./rows.js";

const MOST = 50;
const BADGES = { up: "ready", down: "leaving", new: "accent" };

export class Changes {
  constructor() {
    this.list = h("ol", {
      class: "changes",
      tabindex: 0,
      "aria-label": "Changes, newest first",
    });
    this.still = h("p", { class: "empty" }, "Changes are listed here as they happen.");
    this.element = panel("Changes", null, this.still, this.list);
  }

  /** Add what the watch *said*: a WatchRankingResponse. */
  add({ entry, previousRank, erased, missed }) {
    const rank = Number(entry?.rank ?? 0);
    const previous = Number(previousRank ?? 0);
    const lost = Number(missed ?? 0);
    if (lost)
      this.#line(
        lost > 0 ? plural(lost, "change") : "some changes",
        "missed",
        "read again",
      );
    if (erased) this.#line(`the user at rank ${whole(previous)}`, "erased");
    if (!entry) return;
    const who = entry.user.name || entry.user.userId;
    this.#line(
      who,
      arrow({ previous, rank }),
      `${whole(entry.score)}, rank ${whole(rank)}`,
    );
  }

  #line(who, how, what = "") {
    const [kind, mark, words] = Array.isArray(how) ? how : ["", how, how];
    const sign = h(
      "span",
      { class: `badge ${BADGES[kind] ?? ""}` },
      h("span", { "aria-hidden": "true" }, mark),
      h("span", { class: "unseen" }, words),
    );
    const text = h("span", {}, who, " ", h("span", { class: "quiet" }, what));
    this.list.prepend(h("li", {}, h("time", {}, clock(Date.now())), text, sign));
    while (this.list.children.length > MOST) this.list.lastChild.remove();
    this.still.hidden = true;
  }
}
