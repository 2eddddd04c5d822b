/** The buttons that copy a call as a command line. */

import { h, tell } from "../page/dom.js";
import { say } from "../page/say.js";
import { read } from "../wire/rest.js";
import { asCurl, asGrpcurl } from "./copy.js";

const BRIEF_MS = 1500;

/** @param {() => object|null} call returns what to copy; null: it is not complete. */
export function copies(call) {
  return [
    button("Copy as curl", call, asCurl),
    button("Copy as grpcurl", call, async (it) =>
      asGrpcurl(it, await address(it.method)),
    ),
  ];
}

function button(text, call, as) {
  const copy = async () => {
    const it = call();
    if (!it) return;
    try {
      await navigator.clipboard.writeText(await as(it));
      brief(self, "Copied", text);
    } catch {
      brief(self, "Cannot copy", text); // not allowed, or no address is known
    }
  };
  const self = h("button", { type: "button", class: "plain", onclick: copy }, text);
  return self;
}

/** An address of a task that serves *method*: grpcurl goes to the task itself. */
async function address(method) {
  const service = method.path.split("/")[0];
  const { backends } = await read("/-/fleet");
  const backend = backends.find((each) => each.services.includes(service));
  return backend?.tasks.find((task) => task.picked)?.endpoint ?? "";
}

function brief(element, text, before) {
  tell(element, text);
  say(text);
  setTimeout(() => tell(element, before), BRIEF_MS);
}
