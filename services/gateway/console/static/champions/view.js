/** The champions, and the battle field that is drawn for the next match. */

import { h, panel, tell } from "../page/dom.js";
import { path, read } from "../wire/rest.js";

export class ChampionsView {
  #there = true;

  constructor(root) {
    this.notice = h("p", { class: "notice", hidden: true });
    this.field = h("p", { class: "field-name", "aria-live": "polite" }, "–");
    this.about = h("p", { class: "quiet small" });
    this.cards = h("ul", { class: "cards" });
    this.count = h("h2", { class: "quiet small" });
    const again = h(
      "button",
      { type: "button", onclick: () => this.#draw() },
      "Draw again",
    );
    const drawn = panel(
      "Battle field",
      again,
      h("div", { class: "pad" }, this.field, this.about),
    );
    this.body = h("div", { class: "stack" }, drawn, this.count, this.cards);
    root.append(h("div", { class: "stack" }, this.notice, this.body));
  }

  catalog(catalog) {
    const names = catalog.services.flatMap((service) =>
      service.methods.map((method) => method.path),
    );
    this.#there = names.includes("rpc.Rpc/ListChampions");
  }

  async show() {
    if (!this.#there) {
      this.#failed({ message: "No backend of this gateway has champions." });
      return;
    }
    await Promise.all([this.#list(), this.#draw()]);
  }

  hide() {}

  async #list() {
    try {
      const { champions } = await read(path("champions"));
      this.cards.replaceChildren(...(champions ?? []).map(card));
      tell(this.count, `${(champions ?? []).length} champions`);
      this.#failed(null);
    } catch (error) {
      this.#failed(error);
    }
  }

  async #draw() {
    try {
      const { battleField } = await read(path("battle-field"));
      tell(this.field, battleField?.name || "no field");
      tell(this.about, battleField?.description ?? "");
    } catch (error) {
      this.#failed(error);
    }
  }

  #failed(error) {
    this.notice.hidden = !error;
    this.body.hidden = Boolean(error);
    if (error) tell(this.notice, `The champions cannot be read. ${error.message}`);
  }
}

function card({ championId, name, type, message }) {
  return h(
    "li",
    { class: "card" },
    h(
      "header",
      {},
      h("h3", {}, name || `Champion ${championId}`),
      h("span", { class: "quiet small" }, `no. ${championId}`),
    ),
    h("div", {}, h("span", { class: "badge accent" }, type || "UNKNOWN")),
    message ? h("blockquote", {}, message) : null,
  );
}
