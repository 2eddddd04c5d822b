/** What stands beside the input of a field. */

import { freshId, h } from "../page/dom.js";
import { typeName } from "./types.js";

/** The label of *field*, and its type. */
export function head(field, id) {
  return h(
    "span",
    { class: "head" },
    h("label", { for: id }, field.name),
    h("span", { class: "type" }, typeName(field)),
  );
}

/** The same for a group of inputs. */
export function legend(field) {
  return h(
    "legend",
    {},
    field.name,
    " ",
    h("span", { class: "type mono quiet" }, typeName(field)),
  );
}

/** What the proto says about *field*, or null. */
export function hintOf(field) {
  return field.comment
    ? h("span", { class: "hint", id: freshId("hint") }, field.comment)
    : null;
}
