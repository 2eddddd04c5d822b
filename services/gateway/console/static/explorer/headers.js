/** Headers as lines of text. */

const NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
const VALUE = /^[\x20-\x7e]*$/;

/** Return [name, value] of each line; throws where one is not a header. */
export function headersIn(text) {
  const lines = text.split("\n").map((line) => line.trim());
  return lines.filter(Boolean).map((line) => {
    const colon = line.indexOf(":");
    const [name, value] = [line.slice(0, colon).trim(), line.slice(colon + 1).trim()];
    if (colon < 1 || !NAME.test(name) || !VALUE.test(value)) {
      throw new Error(`"${line}" is not a header; write it as name: value`);
    }
    return [name.toLowerCase(), value];
  });
}

/** Write them so that `headersIn` reads them. */
export function headersText(headers) {
  return headers.map(([name, value]) => `${name}: ${value}`).join("\n");
}
