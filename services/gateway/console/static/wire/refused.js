/** Why a call failed, whatever protocol said it. */

const NAMES = [
  "OK",
  "CANCELLED",
  "UNKNOWN",
  "INVALID_ARGUMENT",
  "DEADLINE_EXCEEDED",
  "NOT_FOUND",
  "ALREADY_EXISTS",
  "PERMISSION_DENIED",
  "RESOURCE_EXHAUSTED",
  "FAILED_PRECONDITION",
  "ABORTED",
  "OUT_OF_RANGE",
  "UNIMPLEMENTED",
  "INTERNAL",
  "UNAVAILABLE",
  "DATA_LOSS",
  "UNAUTHENTICATED",
];

export class Refused extends Error {
  /**
   * @param {string} code such as NOT_FOUND; empty where nothing answered.
   * @param {string} message for people.
   * @param {{http?: number, details?: unknown[]}} more
   */
  constructor(code, message, { http = 0, details = [] } = {}) {
    super(message);
    this.code = code;
    this.http = http;
    this.details = details;
  }

  /** Whether asking again may help. */
  get passing() {
    const codes = [
      "",
      "UNAVAILABLE",
      "RESOURCE_EXHAUSTED",
      "DEADLINE_EXCEEDED",
      "ABORTED",
    ];
    return codes.includes(this.code);
  }
}

/** Read a google.rpc.Status (its code is a number) or an error of Connect (a name). */
export function refusal(said, http = 0) {
  const code = nameOf(said?.code);
  const message = String(said?.message ?? "") || `HTTP ${http}`;
  const details = Array.isArray(said?.details) ? said.details : [];
  return new Refused(code, message, { http, details });
}

/** Read the text of a response that is not OK. */
export function refusalOf(text, http) {
  try {
    return refusal(JSON.parse(text), http);
  } catch {
    return new Refused("UNKNOWN", `HTTP ${http}: ${text.slice(0, 200)}`, { http });
  }
}

/** Turn what `fetch` throws into a `Refused`; an abort stays what it is. */
export function unreachable(error) {
  if (error instanceof Refused || error.name === "AbortError") return error;
  return new Refused("", "The gateway cannot be reached.");
}

function nameOf(code) {
  if (typeof code === "number") return NAMES[code] ?? "UNKNOWN";
  const name = String(code ?? "unknown").toUpperCase();
  return name === "CANCELED" ? "CANCELLED" : name;
}
