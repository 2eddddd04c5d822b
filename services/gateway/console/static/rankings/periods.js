/** The names of past periods: days 20181016, ISO weeks 2018W42, months 201810. */

const DAY_MS = 86_400_000;
const MOST = 31; // in a list; older ones can still be asked for by REST
const STEPS = {
  daily: { days: 1, read: day, name: dayName },
  weekly: { days: 7, read: week, name: weekName },
  monthly: { days: 30, read: month, name: monthName },
};

/** What the current period of *board* is called by people. */
export function currentName(board) {
  return (
    { daily: "Today", weekly: "This week", monthly: "This month" }[board.period] ??
    "All time"
  );
}

/** Return the periods before the current one that *board* still keeps, newest first. */
export function past(board) {
  const step = STEPS[board.period];
  const begin = step?.read(board.currentPeriod ?? "");
  if (!begin) return [];
  const kept = board.daysKept ? Math.floor(board.daysKept / step.days) : MOST;
  const names = [];
  for (let back = 1; back <= Math.min(kept, MOST); back += 1)
    names.push(step.name(begin, back));
  return names;
}

/** 20181016 as 2018-10-16; weeks and months as they are. */
export function shown(name) {
  const found = /^(\d{4})(\d\d)(\d\d)?$/.exec(name);
  return found ? found.slice(1).filter(Boolean).join("-") : name;
}

// All of it in UTC: these are names of days, not moments.
function day(name) {
  const found = /^(\d{4})(\d\d)(\d\d)$/.exec(name);
  return found && new Date(Date.UTC(+found[1], +found[2] - 1, +found[3]));
}

function month(name) {
  const found = /^(\d{4})(\d\d)$/.exec(name);
  return found && new Date(Date.UTC(+found[1], +found[2] - 1, 1));
}

/** The Monday of an ISO week: week 1 is the one with the 4th of January. */
function week(name) {
  const found = /^(\d{4})W(\d\d)$/.exec(name);
  if (!found) return null;
  const fourth = new Date(Date.UTC(+found[1], 0, 4));
  return back(fourth, ((fourth.getUTCDay() + 6) % 7) - (+found[2] - 1) * 7);
}

function dayName(begin, count) {
  return back(begin, count).toISOString().slice(0, 10).replaceAll("-", "");
}

function monthName(begin, count) {
  const date = new Date(
    Date.UTC(begin.getUTCFullYear(), begin.getUTCMonth() - count, 1),
  );
  return date.toISOString().slice(0, 7).replace("-", "");
}

function weekName(begin, count) {
  const thursday = back(begin, count * 7 - 3); // its year is the week's year
  const year = thursday.getUTCFullYear();
  const days = (thursday - Date.UTC(year, 0, 1)) / DAY_MS;
  return `${year}W${String(Math.floor(days / 7) + 1).padStart(2, "0")}`;
}

function back(date, days) {
  return new Date(date.getTime() - days * DAY_MS);
}
