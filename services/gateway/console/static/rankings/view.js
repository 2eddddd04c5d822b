/** The rankings: which board, which period, and everything about it. */

import { h, tell } from "../page/dom.js";
import { path, read } from "../wire/rest.js";
import { Add } from "./add.js";
import { BoardPage } from "./board.js";
import { Find } from "./find.js";
import { currentName, past, shown } from "./periods.js";

const SIZES = [10, 25, 50, 100];

export class RankingsView {
  #boards = [];
  #there = true;
  #shown = false;

  constructor(root) {
    this.boardSelect = h("select", { id: "board", onchange: () => this.#chosen() });
    this.periodSelect = h("select", { id: "period", onchange: () => this.#open() });
    this.sizeSelect = h(
      "select",
      { id: "size", onchange: () => this.#open() },
      SIZES.map((size) => h("option", { value: size }, size)),
    );
    this.rules = h("p", { class: "rules" });
    this.notice = h("div", { class: "notice", hidden: true });
    this.page = new BoardPage(
      (error) => this.#failed(error),
      () => this.#load(),
    );
    this.find = new Find(() => this.#where());
    this.add = new Add(() => this.#where());
    this.body = h(
      "div",
      { class: "rank-layout" },
      h("div", { class: "stack" }, this.page.element, this.page.changes.element),
      h("div", { class: "stack" }, this.find.element, this.add.element),
    );
    this.body.hidden = true;
    root.append(h("div", { class: "stack" }, this.#choices(), this.notice, this.body));
  }

  #choices() {
    const named = (label, select) =>
      h("div", { class: "field" }, h("label", { for: select.id }, label), select);
    return h(
      "div",
      { class: "choices" },
      named("Board", this.boardSelect),
      named("Period", this.periodSelect),
      named("Rows", this.sizeSelect),
      this.rules,
    );
  }

  /** Rankings are shown only where there are methods for them. */
  catalog(catalog) {
    const names = catalog.services.flatMap((service) =>
      service.methods.map((method) => method.path),
    );
    this.#there = names.includes("rpc.Rpc/ListRanking");
    if (this.#shown) this.#load();
  }

  show() {
    this.#shown = true;
    this.#load();
  }

  hide() {
    this.#shown = false;
    this.page.stop();
  }

  async #load() {
    if (!this.#there) {
      this.#failed({
        code: "UNIMPLEMENTED",
        message: "No backend of this gateway has rankings.",
      });
      return;
    }
    try {
      const { boards } = await read(path("rankings"));
      this.#offer(boards ?? []);
    } catch (error) {
      this.#failed(error);
    }
  }

  #offer(boards) {
    const before = this.boardSelect.value;
    this.#boards = boards;
    this.boardSelect.replaceChildren(
      ...boards.map((board) => h("option", { value: board.name }, board.name)),
    );
    if (boards.some((board) => board.name === before)) this.boardSelect.value = before;
    if (boards.length) this.#chosen();
  }

  #chosen() {
    const { board } = this.#where();
    const before = this.periodSelect.value;
    const names = past(board);
    this.periodSelect.replaceChildren(
      h("option", { value: "" }, `${currentName(board)} (live)`),
      ...names.map((name) => h("option", { value: name }, shown(name))),
    );
    if (names.includes(before)) this.periodSelect.value = before;
    tell(this.rules, rulesOf(board));
    this.add.board(board);
    this.#open();
  }

  #open() {
    const { board, period } = this.#where();
    this.find.clear();
    this.page.open(board, period, this.sizeSelect.value);
  }

  #where() {
    const board = this.#boards.find((each) => each.name === this.boardSelect.value);
    return { board, period: this.periodSelect.value };
  }

  #failed(error) {
    this.notice.hidden = !error;
    this.body.hidden = Boolean(error);
    if (error) this.notice.replaceChildren(...kindly(error));
  }
}

function kindly(error) {
  if (["UNIMPLEMENTED", "FAILED_PRECONDITION"].includes(error.code)) {
    return [h("strong", {}, "There are no rankings here. "), error.message];
  }
  if (error.code === "UNAUTHENTICATED") {
    return [
      h("strong", {}, "Rankings need a key. "),
      "Give it with the button API key, above. ",
      error.message,
    ];
  }
  return [h("strong", {}, "The rankings cannot be read. "), error.message];
}

function rulesOf(board) {
  const counts = {
    best: "the best score counts",
    latest: "the latest score counts",
    sum: "scores add up",
    min: "the lowest score counts",
  };
  const parts = [
    counts[board.operator],
    board.order?.replace("-", " "),
    board.timeZone,
    board.daysKept ? `kept ${board.daysKept} days` : "kept for ever",
  ];
  return parts.filter(Boolean).join(" · ");
}
