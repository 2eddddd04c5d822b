/** What a field of a message is in JSON, from the gateway's catalog. */

/** Messages that JSON writes as one value: what stands in the empty input. */
export const AS_TEXT = {
  "google.protobuf.Timestamp": "2026-01-31T12:00:00Z",
  "google.protobuf.Duration": "1.5s",
  "google.protobuf.FieldMask": "user.name,score",
};

/** Messages whose JSON is free. */
export const AS_JSON = {
  "google.protobuf.Struct": '{"any": "object"}',
  "google.protobuf.Value": "any JSON",
  "google.protobuf.ListValue": '["any", "list"]',
  "google.protobuf.Any": '{"@type": "type.googleapis.com/...", ...}',
};

/** Messages around one scalar, which is then null or there. */
export const WRAPPED = {
  "google.protobuf.BoolValue": "bool",
  "google.protobuf.BytesValue": "bytes",
  "google.protobuf.DoubleValue": "double",
  "google.protobuf.FloatValue": "float",
  "google.protobuf.Int32Value": "int32",
  "google.protobuf.Int64Value": "int64",
  "google.protobuf.StringValue": "string",
  "google.protobuf.UInt32Value": "uint32",
  "google.protobuf.UInt64Value": "uint64",
};

const BOUNDS = {
  int32: [-(2n ** 31n), 2n ** 31n - 1n],
  uint32: [0n, 2n ** 32n - 1n],
  int64: [-(2n ** 63n), 2n ** 63n - 1n],
  uint64: [0n, 2n ** 64n - 1n],
};
const WHOLE = {
  int32: "int32",
  sint32: "int32",
  sfixed32: "int32",
  uint32: "uint32",
  fixed32: "uint32",
  int64: "int64",
  sint64: "int64",
  sfixed64: "int64",
  uint64: "uint64",
  fixed64: "uint64",
};

/**
 * Read what was typed for a scalar of *kind*.
 *
 * @returns {[value: unknown, wrong: string]} *wrong* is empty where it is fine.
 */
export function scalar(kind, text) {
  if (kind in WHOLE) return integer(WHOLE[kind], text.trim());
  if (kind === "double" || kind === "float") return real(text.trim());
  if (kind === "bytes") return [text, isBase64(text) ? "" : "allowed is base64"];
  return [text, ""];
}

function integer(kind, text) {
  const [least, most] = BOUNDS[kind];
  if (!/^-?\d+$/.test(text)) return [text, "allowed is a whole number"];
  const value = BigInt(text);
  if (value < least || value > most) return [text, `allowed is ${least} to ${most}`];
  // JSON's numbers are exact to 2^53 only: 64 bits travel as text.
  return [kind.endsWith("64") ? String(value) : Number(value), ""];
}

function real(text) {
  if (["NaN", "Infinity", "-Infinity"].includes(text)) return [text, ""];
  const value = Number(text);
  const fine = text !== "" && Number.isFinite(value);
  return fine ? [value, ""] : [text, "allowed is a number, NaN, Infinity or -Infinity"];
}

function isBase64(text) {
  return /^[A-Za-z0-9+/_-]*={0,2}$/.test(text);
}

/** The value of a scalar that was not set. */
export function zero(kind) {
  if (kind === "bool") return false;
  if (kind === "string" || kind === "bytes") return "";
  return WHOLE[kind]?.endsWith("64") ? "0" : 0;
}

/** What stands in the empty input of a scalar. */
export function placeholder(kind) {
  if (kind === "string") return "";
  if (kind === "bytes") return "base64";
  return kind === "double" || kind === "float" ? "0.0" : "0";
}

/** What a field is called beside its name: repeated rpc.Champion, map<string, int32>. */
export function typeName({ kind, type, repeated, map }) {
  if (map) return `map<${map.key}, ${map.value.type || map.value.kind}>`;
  return `${repeated ? "repeated " : ""}${type || kind}`;
}
