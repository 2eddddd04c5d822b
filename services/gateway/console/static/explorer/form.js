/**
 * A form for a message of any type. It edits plain JSON in place, and opens a
 * nested message only when asked: types may contain themselves.
 */

import { freshId, h } from "../page/dom.js";
import { input, isOneValue } from "./inputs.js";
import { head, hintOf, legend } from "./labels.js";
import { entries, items } from "./lists.js";
import { oneof } from "./oneof.js";
import { zero } from "./types.js";

export class Form {
  /**
   * @param {object} catalog of messages and enums.
   * @param {() => void} changed is called after each edit.
   */
  constructor(catalog, changed) {
    this.catalog = catalog;
    this.changed = changed;
  }

  /** Return the editors of the fields of *type*, for the object *value*. */
  message(type, value) {
    const found = this.catalog.messages[type];
    if (!found) return h("p", { class: "quiet small" }, `${type} is not described`);
    if (found.fields.length === 0)
      return h("p", { class: "quiet small" }, "This message has no fields.");
    byJsonName(found.fields, value);
    const seen = new Set();
    const parts = [];
    for (const field of found.fields) {
      if (!field.oneof) parts.push(this.#field(field, value));
      else if (!seen.has(field.oneof))
        parts.push(oneof(this, found.fields, field.oneof, value));
      if (field.oneof) seen.add(field.oneof);
    }
    return h("div", { class: "message" }, parts);
  }

  /** Return a value to begin with, of *shape* ({kind, type}). */
  start(shape) {
    if (shape.kind === "enum")
      return this.catalog.enums[shape.type]?.values[0]?.name ?? 0;
    if (shape.kind !== "message" && shape.kind !== "group") return zero(shape.kind);
    return isOneValue(shape.type) ? null : {};
  }

  /** Return the editor of one value of *shape*, without a label. */
  value(shape, { get, set, id, name, may = false, described }) {
    if (
      (shape.kind === "message" || shape.kind === "group") &&
      !isOneValue(shape.type)
    ) {
      return this.message(shape.type, get());
    }
    const told = (value) => {
      set(value);
      this.changed();
    };
    return input(shape, this.catalog, {
      id,
      name,
      may,
      described,
      value: get() ?? undefined,
      set: told,
    });
  }

  #field(field, value) {
    if (field.map) return this.#group(field, entries(this, field, value));
    if (field.repeated) return this.#group(field, items(this, field, value));
    if (isNested(field)) return this.#nested(field, value);
    return this.#plain(field, value);
  }

  #plain(field, value) {
    const id = freshId("field");
    const hint = hintOf(field);
    // A field without presence has a zero that says the same as nothing.
    const set = (given) =>
      put(value, field.json, isDefault(this, field, given) ? undefined : given);
    const may = hasPresence(field) || !["bool", "enum"].includes(field.kind);
    const editor = this.value(field, {
      id,
      may,
      described: hint?.id,
      get: () => value[field.json],
      set,
    });
    return h("div", { class: "one" }, head(field, id), editor, hint);
  }

  #group(field, editor) {
    const hint = hintOf(field);
    return h("fieldset", { "aria-describedby": hint?.id }, legend(field), hint, editor);
  }

  #nested(field, value) {
    const id = freshId("field");
    const inside = h("div", { class: "items" });
    const draw = () => {
      const there = isObject(value[field.json]);
      inside.replaceChildren(
        ...(there ? [this.message(field.type, value[field.json])] : []),
      );
    };
    const box = h("input", {
      id,
      type: "checkbox",
      checked: isObject(value[field.json]),
      onchange: () => this.#toggle(field, value, box.checked, draw),
    });
    draw();
    const line = h("div", { class: "row" }, box, head(field, id));
    return h("div", { class: "one" }, line, hintOf(field), inside);
  }

  #toggle(field, value, on, draw) {
    put(value, field.json, on ? {} : undefined);
    draw();
    this.changed();
  }
}

/** A field may also be written by its name in the proto: use one of both. */
function byJsonName(fields, value) {
  for (const { name, json } of fields) {
    if (name === json || !(name in value)) continue;
    value[json] ??= value[name];
    delete value[name];
  }
}

function isNested(field) {
  return (
    (field.kind === "message" || field.kind === "group") && !isOneValue(field.type)
  );
}

function hasPresence(field) {
  return field.optional || isOneValue(field.type);
}

function isDefault(form, field, given) {
  return (
    !hasPresence(field) &&
    (given === false || (field.kind === "enum" && given === form.start(field)))
  );
}

function isObject(value) {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function put(value, key, given) {
  if (given === undefined) delete value[key];
  else value[key] = given;
}
