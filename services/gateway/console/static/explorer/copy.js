/** The same call as a command line. */

/** Quote for a POSIX shell. */
function quoted(text) {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

/** As curl, in the Connect protocol, with which every method can be called. */
export function asCurl({ method, text, headers, timeoutMs }) {
  const url = quoted(`${location.origin}/${method.path}`);
  const given = [...headers];
  if (timeoutMs) given.unshift(["connect-timeout-ms", String(timeoutMs)]);
  const streams = method.server_streaming;
  given.unshift([
    "content-type",
    streams ? "application/connect+json" : "application/json",
  ]);
  const options = given.map(([name, value]) => `-H ${quoted(`${name}: ${value}`)}`);
  const line = oneLine(text);
  if (!streams) return ["curl", url, ...options, "--data", quoted(line)].join(" ");
  // A stream's request has a prefix of its own: a zero, and the length.
  const size = new TextEncoder().encode(line).length;
  const bytes = [24, 16, 8, 0].map(
    (shift) => `\\${((size >>> shift) & 255).toString(8).padStart(3, "0")}`,
  );
  const body = `(printf '\\000${bytes.join("")}'; printf '%s' ${quoted(line)})`;
  return [body, "| curl -N", url, ...options, "--data-binary @- | strings -n 2"].join(
    " ",
  );
}

/** As grpcurl, to a task itself; *where* is its address. */
export function asGrpcurl({ method, text, headers, timeoutMs }, where) {
  const options = headers.map(([name, value]) => `-H ${quoted(`${name}: ${value}`)}`);
  if (timeoutMs) options.push(`-max-time ${timeoutMs / 1000}`);
  const data = `-d ${quoted(oneLine(text))}`;
  return [
    "grpcurl -plaintext",
    ...options,
    data,
    where || "HOST:PORT",
    method.path,
  ].join(" ");
}

function oneLine(text) {
  try {
    // Only where nothing is lost: JSON.parse rounds long numbers.
    const packed = JSON.stringify(JSON.parse(text));
    return digits(packed) === digits(text) ? packed : text;
  } catch {
    return text;
  }
}

function digits(text) {
  return text.replace(/\D/g, "");
}
