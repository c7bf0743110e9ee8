// Distribute a total over the steps, as `--total` does.

import { MS, rowsOf } from "./kit-timeline.js";

/** The length that `--total` gives a step for a given factor. */
function lengthAt(points, factor) {
  const [[low, shortest], [high, longest]] = points;
  if (factor <= low) return shortest;
  if (factor >= high) return longest;
  return shortest + ((longest - shortest) * (factor - low)) / (high - low);
}

/** For each group of steps that must have the same length, return the stretch of the step that needs the most time. */
function longestStretches(rows) {
  const found = new Map();
  for (const { step, tables: { stretch } } of rows) {
    const other = found.get(step.both);
    if (!other || stretch[0][1] > other[0][1]) found.set(step.both, stretch);
  }
  return found;
}

/**
 * Distribute a total as `--total` does: scale all silences by one factor, within their limits. Return new settings, or
 * {reason, shortest, longest} in milliseconds if the total is too short or too long.
 */
export function share(data, settings, totalMs) {
  const rows = rowsOf(data, { ...settings, given: {} });
  const free = rows.filter(({ step, tables }) => tables.stretch.length && settings.lengths[step.target] === undefined);
  const stretches = longestStretches(free);
  const capped = (row, factor) => Math.min(lengthAt(stretches.get(row.step.both), factor), row.tables.tables.at(-1).to);
  const fixed = rows.reduce((sum, row) => sum + (free.includes(row) ? 0 : row.length), 0);
  const sum = (factor) => free.reduce((total, row) => total + capped(row, factor), fixed);
  const wanted = totalMs * MS;
  const [shortest, longest] = [sum(0), sum(1e9)];
  if (wanted < shortest - 0.5 || wanted > longest + 0.5) {
    const reason = wanted < shortest ? "total-min" : "total-max";
    return { reason, shortest: Math.ceil(shortest / MS), longest: Math.floor(longest / MS) };
  }
  let [low, high] = [0, 1];
  while (sum(high) < wanted) high *= 2;
  for (let round = 0; round < 60; round += 1) {
    const middle = (low + high) / 2;
    if (sum(middle) < wanted) low = middle;
    else high = middle;
  }
  return exactly(free, wanted - fixed, (row) => capped(row, high));
}

/** Round lengths to milliseconds, so that equal lengths stay equal. The last steps that can change take the remaining samples. */
function exactly(free, wanted, exact) {
  const given = new Map();
  for (const row of free) given.set(row.step.target, Math.round(exact(row) / MS));
  const sum = () => free.reduce((total, row) => total + given.get(row.step.target) * MS, 0);
  const single = free.filter((row) => free.filter((other) => other.step.target === row.step.target).length === 1);
  for (const row of [...single].reverse()) {
    const rest = (wanted - sum()) / MS;
    if (Math.abs(rest) < 1e-9) break;
    const [lowest, highest] = [row.tables.tables[0].from / MS, row.tables.tables.at(-1).to / MS];
    const now = given.get(row.step.target);
    given.set(row.step.target, Math.min(Math.max(now + rest, lowest), highest));
  }
  return { given: Object.fromEntries(given) };
}
