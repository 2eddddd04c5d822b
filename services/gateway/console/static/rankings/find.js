/** Where one user stands, and who is around. */

import { h, panel, scroller, tell } from "../page/dom.js";
import { whole } from "../page/numbers.js";
import { say } from "../page/say.js";
import { path, read } from "../wire/rest.js";
import { Rows } from "./rows.js";

const NEIGHBOURS = 5;

export class Find {
  #rows = new Rows("The user and the neighbours, best first", { brief: true });

  /** @param {() => {board: object, period: string}} where to look. */
  constructor(where) {
    this.where = where;
    this.input = h("input", {
      id: "find-user",
      type: "text",
      maxlength: 64,
      required: true,
      placeholder: "ada",
      autocomplete: "off",
      spellcheck: "false",
    });
    this.standing = h("p", { class: "standing" });
    this.notice = h("p", { class: "notice", hidden: true });
    this.found = h(
      "div",
      { class: "found", hidden: true },
      this.standing,
      scroller("Neighbours", this.#rows.element),
    );
    const form = h(
      "form",
      { class: "pad form", onsubmit: (event) => this.#asked(event) },
      h(
        "div",
        { class: "field" },
        h("label", { for: "find-user" }, "User id"),
        h("div", { class: "row" }, this.input, h("button", { type: "submit" }, "Find")),
      ),
      this.notice,
    );
    this.element = panel("Find a user", null, form, this.found);
  }

  /** Forget what was found: it was on another board. */
  clear() {
    this.found.hidden = true;
    this.notice.hidden = true;
  }

  async #asked(event) {
    event.preventDefault();
    const userId = this.input.value.trim();
    if (!userId) return;
    try {
      this.#show(await read(this.#path(userId)), userId);
    } catch (error) {
      this.clear();
      this.notice.hidden = false;
      tell(
        this.notice,
        error.code === "NOT_FOUND" ? `${userId} has no score here.` : error.message,
      );
      say(this.notice.textContent);
    }
  }

  #path(userId) {
    const { board, period } = this.where();
    const place = period ? ["periods", period] : [];
    return `${path("rankings", board.name, ...place, "users", userId)}?neighbours=${NEIGHBOURS}`;
  }

  #show(answer, userId) {
    const { entry, around, total, percentile } = answer;
    this.notice.hidden = true;
    this.found.hidden = false;
    this.standing.replaceChildren(
      h("span", {}, "rank ", h("b", {}, whole(entry.rank)), ` of ${whole(total)}`),
      h("span", {}, "score ", h("b", {}, whole(entry.score))),
      h(
        "span",
        {},
        "level with or ahead of ",
        h("b", {}, `${Number(percentile ?? 0).toFixed(1)}%`),
        " of the board",
      ),
    );
    this.#rows.draw(around?.length ? around : [entry], { self: userId });
    say(`${userId} has rank ${entry.rank} of ${total}`);
  }
}
