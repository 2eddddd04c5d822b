/**
 * What the last two minutes were: one lane per task, and what happened in them.
 * No elements here: snapshots go in, numbers come out.
 */

export const WINDOW_MS = 120_000;
const SMOOTH_MS = 2000; // a rate is taken over so long: ten calls a second jump less
const GAP_MS = 3000; // longer without news is drawn as unknown
const MOST_EVENTS = 100;

/** How a state is called in the CSS. */
export const KIND = {
  ready: "ready",
  connecting: "connecting",
  "not serving": "leaving",
  failing: "failing",
};

export class History {
  /** @type {Map<string, object>} by backend and endpoint, in the order of both. */
  lanes = new Map();
  /** Newest first: {t, endpoint, kind, state, note}. */
  events = [];
  /** {t, rate} of all tasks together. */
  total = [];
  now = 0;
  #known = false;

  /** Take one snapshot; returns the events that it brought. */
  push(snapshot) {
    const before = this.events.length ? this.events[0] : null;
    this.now = Date.parse(snapshot.time);
    const there = new Set();
    for (const backend of snapshot.backends) {
      for (const task of backend.tasks) {
        const key = `${backend.target} ${task.endpoint}`;
        there.add(key);
        this.#task(key, backend, task);
      }
    }
    for (const [key, lane] of this.lanes) if (!there.has(key)) this.#absent(key, lane);
    this.total.push({ t: this.now, rate: this.#sum() });
    this.total = this.total.filter((point) => point.t >= this.now - WINDOW_MS);
    this.#known = true;
    const end = before ? this.events.indexOf(before) : this.events.length;
    const fresh = this.events.slice(0, end);
    this.events = this.events.slice(0, MOST_EVENTS);
    return fresh;
  }

  /** The lanes, sorted by name; numbers in it count as numbers. */
  sorted() {
    const order = new Intl.Collator("en", { numeric: true });
    return [...this.lanes.values()].sort((a, b) => order.compare(a.key, b.key));
  }

  #task(key, backend, task) {
    let lane = this.lanes.get(key);
    if (!lane || lane.gone) this.#appeared(key, task, lane);
    lane = this.lanes.get(key);
    const last = lane.points.at(-1);
    if (last && !last.gone && last.state !== task.state) this.#turned(task);
    lane.task = task;
    lane.backend = backend;
    lane.points.push({
      t: this.now,
      state: task.state,
      calls: task.calls,
      rate: rateAt(lane.points, this.now, task.calls),
    });
    lane.points = lane.points.filter(
      (point) => point.t >= this.now - WINDOW_MS - SMOOTH_MS,
    );
  }

  #appeared(key, task, before) {
    const points = before?.points ?? [];
    this.lanes.set(key, { key, endpoint: task.endpoint, points, gone: false });
    if (this.#known) this.#event(task.endpoint, task.state, "appeared");
  }

  #turned(task) {
    this.#event(
      task.endpoint,
      task.state,
      task.state === "failing" ? task.last_error : "",
    );
  }

  #absent(key, lane) {
    if (!lane.gone) {
      lane.gone = true;
      this.#event(lane.endpoint, "gone", "left the fleet");
      lane.points.push({ t: this.now, state: "gone", calls: 0, rate: 0, gone: true });
    }
    lane.points = lane.points.filter((point) => point.t >= this.now - WINDOW_MS);
    if (lane.points.length === 0) this.lanes.delete(key);
  }

  #event(endpoint, state, note) {
    this.events.unshift({
      t: this.now,
      endpoint,
      kind: KIND[state] ?? "gone",
      state,
      note,
    });
  }

  #sum() {
    let sum = 0;
    for (const lane of this.lanes.values())
      if (!lane.gone) sum += lane.points.at(-1).rate;
    return sum;
  }
}

/** Calls a second over the last moments; a counter that fell back began anew. */
function rateAt(points, now, calls) {
  const from = points.find((point) => point.t >= now - SMOOTH_MS && !point.gone);
  if (!from || now === from.t) return 0;
  const made = calls >= from.calls ? calls - from.calls : calls;
  return (made * 1000) / (now - from.t);
}

/** Calls of *lane* within the window: what its share is a share of. */
export function madeIn(lane) {
  const points = lane.points.filter((point) => !point.gone);
  let made = 0;
  for (let at = 1; at < points.length; at += 1) {
    const more = points[at].calls - points[at - 1].calls;
    made += more >= 0 ? more : points[at].calls;
  }
  return made;
}

/** Cut points into stretches of one state: {state, from, to, points}. */
export function stretches(points, now) {
  const found = [];
  for (const [at, point] of points.entries()) {
    const next = points[at + 1];
    const end = next ? next.t : now;
    const to = end - point.t > GAP_MS && next ? point.t + GAP_MS : end;
    const last = found.at(-1);
    if (last && last.state === point.state && point.t - last.to < 1) {
      last.to = to;
      last.points.push(point);
    } else {
      found.push({ state: point.state, from: point.t, to, points: [point] });
    }
  }
  return found;
}
