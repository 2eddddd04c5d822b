/** What was sent before, kept by the browser. Credentials are not kept. */

const STORED = "console.history";
const MOST = 30;
const MOST_TEXT = 10_000;
const SECRET = /^(authorization|cookie|proxy-authorization|x-api-key)$|token|secret/i;

/** Return the calls that are kept, newest first. */
export function past() {
  try {
    const kept = JSON.parse(localStorage.getItem(STORED) ?? "[]");
    return Array.isArray(kept)
      ? kept.filter((each) => typeof each?.method === "string")
      : [];
  } catch {
    return [];
  }
}

/** Keep a call: {method, text, headers, timeoutMs, at, outcome}. */
export function remember(call) {
  if (call.text.length > MOST_TEXT) return;
  const headers = call.headers.filter(([name]) => !SECRET.test(name));
  const same = (each) => each.method === call.method && each.text === call.text;
  store([{ ...call, headers }, ...past().filter((each) => !same(each))].slice(0, MOST));
}

/** Forget all of them. */
export function forget() {
  store([]);
}

function store(calls) {
  try {
    localStorage.setItem(STORED, JSON.stringify(calls));
  } catch {
    // full, or switched off: a history is not worth an error
  }
}
