/** Numbers, times and durations as people read them. */

const WHOLE = new Intl.NumberFormat("en-GB", { maximumFractionDigits: 0 });
const TENTHS = new Intl.NumberFormat("en-GB", {
  minimumFractionDigits: 1,
  maximumFractionDigits: 1,
});

/** 12,345; ProtoJSON writes 64-bit numbers as strings, so text is taken too. */
export function whole(value) {
  const number = Number(value);
  return Number.isFinite(number) ? WHOLE.format(number) : "–";
}

/** 3.4, and from 100 on without the tenths. */
export function rate(value) {
  return value >= 100 ? WHOLE.format(value) : TENTHS.format(value);
}

/** 2.1 ms; a dash where nothing was measured. */
export function milliseconds(value) {
  return value > 0 ? `${rate(value)} ms` : "–";
}

/** The time of day, local. */
export function clock(when) {
  const date = new Date(when);
  return Number.isNaN(date.getTime()) ? "–" : date.toLocaleTimeString("en-GB");
}

/** How long since: 45 s, 12 min, 3 h 20 min, 4 d. */
export function since(ms) {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return `${hours} h ${minutes % 60} min`;
  return `${Math.floor(hours / 24)} d`;
}

/** One call, two calls. */
export function plural(count, one, many = `${one}s`) {
  return `${whole(count)} ${count === 1 ? one : many}`;
}
