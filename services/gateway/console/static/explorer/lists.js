/** Editors of repeated fields and maps: rows that can be added and removed. */

import { h } from "../page/dom.js";

/** Return the editor of the repeated *field* of the object *value*. */
export function items(form, field, value) {
  const rows = h("div", { class: "items" });
  const list = () => (Array.isArray(value[field.json]) ? value[field.json] : []);
  const draw = () =>
    rows.replaceChildren(
      ...list().map(row),
      add("Add an item", () => change([...list(), form.start(field)])),
    );
  const change = (next) => {
    if (next.length) value[field.json] = next;
    else delete value[field.json];
    draw();
    form.changed();
  };
  const row = (_, at) => {
    const name = `${field.name}, item ${at + 1}`;
    const set = (given) => (list()[at] = given ?? form.start(field));
    const editor = form.value(field, { name, get: () => list()[at], set });
    return item(editor, name, () =>
      change(list().filter((_each, other) => other !== at)),
    );
  };
  draw();
  return rows;
}

/** Return the editor of the map *field* of the object *value*. */
export function entries(form, field, value) {
  const rows = h("div", { class: "items" });
  const pairs = () => Object.entries(value[field.json] ?? {});
  const draw = () =>
    rows.replaceChildren(
      ...pairs().map(row),
      add("Add an entry", () =>
        change([...pairs(), [freeKey(field, pairs()), form.start(field.map.value)]]),
      ),
    );
  const change = (next) => {
    if (next.length) value[field.json] = Object.fromEntries(next);
    else delete value[field.json];
    draw();
    form.changed();
  };
  const row = ([key, given], at) => {
    const name = `${field.name}, entry ${at + 1}`;
    const renamed = (event) =>
      change(
        pairs().map((pair, other) =>
          other === at ? [event.target.value, pair[1]] : pair,
        ),
      );
    const set = (next) =>
      (value[field.json][key] = next ?? form.start(field.map.value));
    const editor = form.value(field.map.value, {
      name: `${name}, value`,
      get: () => given,
      set,
    });
    const keyed = h("input", {
      class: "key",
      type: "text",
      value: key,
      "aria-label": `${name}, key`,
      spellcheck: "false",
      onchange: renamed,
    });
    return item([keyed, editor], name, () =>
      change(pairs().filter((_each, other) => other !== at)),
    );
  };
  draw();
  return rows;
}

function freeKey(field, pairs) {
  if (field.map.key === "bool") return pairs.length ? "false" : "true";
  const taken = new Set(pairs.map(([key]) => key));
  let number = pairs.length;
  const named = () =>
    field.map.key === "string" ? `key${number + 1}` : String(number);
  while (taken.has(named())) number += 1;
  return named();
}

function item(editor, name, removed) {
  const remove = h(
    "button",
    {
      type: "button",
      class: "plain tight",
      "aria-label": `Remove ${name}`,
      onclick: removed,
    },
    "✕",
  );
  return h("div", { class: "item" }, h("div", { class: "grow" }, editor), remove);
}

function add(text, added) {
  return h(
    "div",
    {},
    h("button", { type: "button", class: "tight", onclick: added }, text),
  );
}
