/** Calls by name, in the Connect protocol: https://connectrpc.com/docs/protocol. */

import { keyHeaders } from "../page/key.js";
import { refusal, refusalOf, unreachable } from "./refused.js";

const PREFIX = 5; // one byte of flags, four of length
const COMPRESSED = 1;
const END = 2;

/**
 * Call a method with one answer.
 *
 * @param {string} name such as rpc.Rpc/GetChampion.
 * @param {string} text the request as JSON.
 * @returns {Promise<{response: Response, text: string}>} throws `Refused` where
 *   nothing answers; a refusal is a response like any other.
 */
export async function unary(name, text, { timeoutMs, headers = {}, signal } = {}) {
  try {
    const response = await fetch(`/${name}`, {
      method: "POST",
      body: text,
      signal,
      headers: { ...common("application/json", timeoutMs), ...headers },
    });
    return { response, text: await response.text() };
  } catch (error) {
    throw unreachable(error);
  }
}

/**
 * Call a method with many answers.
 *
 * @param {(response: Response) => void} begun is told the response when it begins.
 * @yields {string} each answer as JSON; throws `Refused` at a bad end.
 */
export async function* stream(name, text, { timeoutMs, headers = {}, signal, begun }) {
  try {
    const response = await fetch(`/${name}`, {
      method: "POST",
      body: enveloped(text),
      signal,
      headers: { ...common("application/connect+json", timeoutMs), ...headers },
    });
    begun(response);
    if (!response.ok) throw refusalOf(await response.text(), response.status);
    yield* messages(response);
  } catch (error) {
    throw unreachable(error);
  }
}

function common(type, timeoutMs) {
  const given = {
    "content-type": type,
    "connect-protocol-version": "1",
    ...keyHeaders(),
  };
  if (timeoutMs) given["connect-timeout-ms"] = String(timeoutMs);
  return given;
}

async function* messages(response) {
  const decoder = new TextDecoder();
  for await (const [flags, body] of envelopes(response.body)) {
    if (flags & COMPRESSED)
      throw refusal({ code: "internal", message: "compressed, unasked" });
    const text = decoder.decode(body);
    if (!(flags & END)) {
      yield text;
      continue;
    }
    const { error } = JSON.parse(text);
    if (error) throw refusal(error, response.status);
    return;
  }
  throw refusal({ code: "unavailable", message: "the stream was cut off" });
}

/** Split bytes, however they arrive, into [flags, body]. */
async function* envelopes(body) {
  const reader = body.getReader();
  let rest = new Uint8Array();
  try {
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      rest = joined(rest, part.value);
      for (let size = whole(rest); size !== null; size = whole(rest)) {
        yield [rest[0], rest.slice(PREFIX, size)];
        rest = rest.slice(size);
      }
    }
  } finally {
    await reader.cancel().catch(() => {});
  }
}

function whole(bytes) {
  if (bytes.length < PREFIX) return null;
  const size = PREFIX + new DataView(bytes.buffer, bytes.byteOffset).getUint32(1);
  return bytes.length < size ? null : size;
}

function enveloped(text) {
  const body = new TextEncoder().encode(text);
  const prefix = new Uint8Array(PREFIX);
  new DataView(prefix.buffer).setUint32(1, body.length);
  return joined(prefix, body);
}

function joined(one, other) {
  const both = new Uint8Array(one.length + other.length);
  both.set(one);
  both.set(other, one.length);
  return both;
}
