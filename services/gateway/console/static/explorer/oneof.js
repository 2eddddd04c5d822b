/** The editor of a oneof: which member, and that one. */

import { freshId, h } from "../page/dom.js";
import { head, hintOf } from "./labels.js";

/** Return the editor of the oneof *name* among *fields* of the object *value*. */
export function oneof(form, fields, name, value) {
  const members = fields.filter((field) => field.oneof === name);
  const inside = h("div", { class: "items" });
  const id = freshId("oneof");
  const select = h(
    "select",
    { id, onchange: () => pick(select.value) },
    h("option", { value: "" }, "none of them"),
    members.map((each) => h("option", { value: each.json }, each.name)),
  );
  const draw = () => {
    const chosen = members.find((each) => each.json in value);
    select.value = chosen?.json ?? "";
    inside.replaceChildren(...(chosen ? [member(form, chosen, value)] : []));
  };
  const pick = (json) => {
    for (const each of members) delete value[each.json];
    const chosen = members.find((each) => each.json === json);
    if (chosen) value[json] = form.start(chosen);
    draw();
    form.changed();
  };
  draw();
  const label = h("label", { class: "unseen", for: id }, `one of ${name}`);
  return h(
    "fieldset",
    {},
    h("legend", {}, `one of: ${name}`),
    h("div", { class: "items" }, label, select, inside),
  );
}

/** A member that is chosen is set, also where it is empty. */
function member(form, field, value) {
  const id = freshId("field");
  const hint = hintOf(field);
  const set = (given) => (value[field.json] = given ?? form.start(field));
  const get = () => value[field.json];
  const editor = form.value(field, { id, described: hint?.id, get, set });
  return h("div", { class: "one" }, head(field, id), editor, hint);
}
