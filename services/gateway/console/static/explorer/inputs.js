/** The inputs for one value: scalars, enums, and messages that JSON writes as one. */

import { freshId, h, tell } from "../page/dom.js";
import { AS_JSON, AS_TEXT, placeholder, scalar, WRAPPED } from "./types.js";

/**
 * Return an input for one value of *shape* ({kind, type}).
 *
 * @param {object} given
 * @param {string} given.id of the input, for its label.
 * @param {unknown} given.value that it begins with; undefined: none.
 * @param {boolean} given.may it be empty, which means: not set.
 * @param {(value: unknown) => void} given.set is told the new value, or undefined.
 */
export function input(shape, catalog, given) {
  if (shape.kind === "bool") return yesNo(given);
  if (shape.kind === "enum") return choice(catalog.enums[shape.type], given);
  if (shape.type in WRAPPED)
    return input({ kind: WRAPPED[shape.type], type: "" }, catalog, {
      ...given,
      may: true,
    });
  if (shape.type in AS_JSON) return freeJson(AS_JSON[shape.type], given);
  if (shape.type in AS_TEXT)
    return text((typed) => [typed.trim(), ""], AS_TEXT[shape.type], given);
  return text((typed) => scalar(shape.kind, typed), placeholder(shape.kind), given);
}

/** Whether a message of *type* has an input of its own, and no fields. */
export function isOneValue(type) {
  return type in WRAPPED || type in AS_JSON || type in AS_TEXT;
}

function yesNo({ id, value, may, set, name }) {
  if (!may) {
    return h("input", {
      id,
      type: "checkbox",
      checked: value === true,
      "aria-label": name,
      onchange: (event) => set(event.target.checked),
    });
  }
  const select = h(
    "select",
    {
      id,
      "aria-label": name,
      onchange: () => set({ "": undefined, true: true, false: false }[select.value]),
    },
    ["", "true", "false"].map((each) =>
      h("option", { value: each }, each || "not set"),
    ),
  );
  select.value = value === undefined || value === null ? "" : String(value);
  return select;
}

function choice(found, { id, value, may, set, name }) {
  const values = found?.values ?? [];
  const select = h(
    "select",
    {
      id,
      "aria-label": name,
      onchange: () => set(select.value === "" ? undefined : select.value),
    },
    may && h("option", { value: "" }, "not set"),
    values.map((each) =>
      h("option", { value: each.name, title: each.comment || null }, each.name),
    ),
  );
  const named = values.find((each) => each.number === value)?.name ?? value;
  select.value = named ?? (may ? "" : (values[0]?.name ?? ""));
  return select;
}

function text(read, hint, { id, value, may, set, name, described }) {
  const wrong = h("span", { class: "wrong", id: freshId("wrong"), hidden: true });
  const field = h("input", {
    id,
    type: "text",
    value: value === undefined || value === null ? "" : String(value),
    placeholder: hint || null,
    "aria-label": name,
    "aria-describedby": described ? `${described} ${wrong.id}` : wrong.id,
    autocomplete: "off",
    spellcheck: "false",
    oninput: () => typed(field, wrong, read, may, set),
  });
  return h("span", { class: "one" }, field, wrong);
}

function typed(field, wrong, read, may, set) {
  const [value, problem] =
    field.value === "" && may ? [undefined, ""] : read(field.value);
  mark(field, wrong, problem);
  // What is wrong is sent all the same where it is wanted: the gateway's answer
  // to it is part of what can be explored.
  set(value);
}

function freeJson(hint, { id, value, set, name }) {
  const wrong = h("span", { class: "wrong", id: freshId("wrong"), hidden: true });
  const field = h("textarea", {
    id,
    rows: 3,
    placeholder: hint,
    "aria-label": name,
    "aria-describedby": wrong.id,
    spellcheck: "false",
    value: value === undefined ? "" : JSON.stringify(value),
    oninput: () => {
      try {
        set(field.value.trim() ? JSON.parse(field.value) : undefined);
        mark(field, wrong, "");
      } catch (error) {
        mark(field, wrong, error.message);
      }
    },
  });
  return h("span", { class: "one" }, field, wrong);
}

function mark(field, wrong, problem) {
  field.setAttribute("aria-invalid", String(Boolean(problem)));
  wrong.hidden = !problem;
  tell(wrong, problem);
}
