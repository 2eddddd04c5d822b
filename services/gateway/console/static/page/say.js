/** What a screen reader is told: the few things that matter, and not in a stream. */

const LEAST_MS = 4000;
let waiting = "";
let last = 0;
let timer = 0;

/** Announce *text*; of many in a short time only the newest. */
export function say(text) {
  waiting = text;
  if (timer) return;
  timer = setTimeout(speak, Math.max(0, last + LEAST_MS - performance.now()));
}

function speak() {
  timer = 0;
  last = performance.now();
  document.getElementById("say").textContent = waiting;
}
