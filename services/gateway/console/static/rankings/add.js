/** Report a score, as a game server's client would. */

import { h, panel, tell } from "../page/dom.js";
import { whole } from "../page/numbers.js";
import { say } from "../page/say.js";
import { path, send } from "../wire/rest.js";

const GRADES = ["BRONZE", "SILVER", "GOLD", "PLATINUM", "DIAMOND"];

export class Add {
  /** @param {() => {board: object}} where the score belongs. */
  constructor(where) {
    this.where = where;
    this.userId = field("User id", {
      id: "add-user",
      required: true,
      maxlength: 64,
      placeholder: "ada",
    });
    this.name = field("Name", { id: "add-name", placeholder: "as it was" });
    this.score = field("Score", {
      id: "add-score",
      required: true,
      inputmode: "numeric",
      pattern: "-?[0-9]+",
      placeholder: "9000",
    });
    this.grades = h("datalist", { id: "grades" });
    this.grade = field("Grade", {
      id: "add-grade",
      placeholder: "as it was",
      list: "grades",
    });
    this.told = h("p", { class: "notice", hidden: true });
    const form = h(
      "form",
      { class: "pad form", onsubmit: (event) => this.#submitted(event) },
      h(
        "div",
        { class: "grid-2" },
        this.userId.element,
        this.score.element,
        this.name.element,
        this.grade.element,
      ),
      this.grades,
      h(
        "div",
        { class: "row end" },
        h("button", { type: "submit", class: "primary" }, "Add score"),
      ),
      this.told,
    );
    this.element = panel(
      "Add a score",
      h("span", { class: "quiet small" }, "counts now"),
      form,
    );
  }

  /** Offer the grades of *board*. */
  board(board) {
    const grades = board.grades?.length ? board.grades : GRADES;
    this.grades.replaceChildren(
      ...grades.map((grade) => h("option", { value: grade })),
    );
    this.told.hidden = true;
  }

  async #submitted(event) {
    event.preventDefault();
    const { board } = this.where();
    const user = {
      userId: this.userId.value(),
      name: this.name.value(),
      grade: this.grade.value(),
    };
    // A repeat of the same press counts once, even where an operator adds up.
    const message = { user, score: this.score.value(), requestId: requestId() };
    try {
      const answer = await send(`${path("rankings", board.name)}/scores`, message);
      this.#tell(said(answer), false);
    } catch (error) {
      this.#tell(error.message, true);
    }
  }

  #tell(text, bad) {
    this.told.hidden = false;
    this.told.classList.toggle("bad", bad);
    tell(this.told, text);
    say(text);
  }
}

function said({ entry, changed, total }) {
  const who = entry.user.name || entry.user.userId;
  const place = `rank ${whole(entry.rank)} of ${whole(total)} with ${whole(entry.score)}`;
  return changed
    ? `${who} has ${place}.`
    : `${who} keeps ${place}: that was not better.`;
}

function field(label, given) {
  const input = h("input", {
    type: "text",
    autocomplete: "off",
    spellcheck: "false",
    ...given,
  });
  return {
    element: h("div", { class: "field" }, h("label", { for: given.id }, label), input),
    value: () => input.value.trim(),
  };
}

/** `crypto.randomUUID` is there on https and localhost only. */
function requestId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return `console-${[...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("")}`;
}
