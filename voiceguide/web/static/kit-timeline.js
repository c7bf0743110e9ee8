// The timeline of a kit at the lengths that a person chose. Everything is in samples, and comes from the kit's tables.

export const RATE = 48000;
export const FRAME = 1152;
export const MS = RATE / 1000;

/**
 * Settings are plain data: the lengths that a person set, in milliseconds by "STAGE/STEP"; the lengths that a total gave
 * the other steps; that total in milliseconds; the titles of skipped stages; and two volumes in dB.
 */
export const plainSettings = () => ({ lengths: {}, given: {}, skip: [], total: null, bedDb: 0, voiceDb: 0 });

/** Every step that remains, in order, with the tables that apply to it. */
export function rowsOf(data, settings) {
  const skipped = new Set(settings.skip);
  const kept = data.stages.filter((stage) => !skipped.has(stage.title));
  const rows = [];
  let leadIn = true;
  for (const stage of kept) {
    const isLast = stage === kept.at(-1);
    stage.steps.forEach((step, position) => {
      const first = leadIn && step.contexts.first;
      const tables = (isLast && leadIn && step.contexts.only) || (isLast && step.contexts.last) || first || step;
      const chosen = settings.lengths[step.target] ?? settings.given?.[step.target];
      rows.push({ stage, step, position, tables, length: chosen === undefined ? tables.length : chosen * MS });
      if (step.speaks) leadIn = false;
    });
  }
  return rows;
}

/** The stretch of a table that holds a length. */
function stretchAt(tables, length) {
  let low = 0;
  let high = tables.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (tables[middle].from <= length) low = middle;
    else high = middle - 1;
  }
  return tables[low];
}

/** Where everything is: {total, stages: [{stage, start, end, steps}], cues} in samples. `placed` also names pieces. */
export function place(data, settings) {
  const stages = [];
  const placed = [];
  let at = 0;
  for (const { stage, step, tables, length } of rowsOf(data, settings)) {
    if (stages.at(-1)?.stage !== stage) stages.push({ stage, start: at, end: at, steps: [] });
    const stretch = stretchAt(tables.tables, length);
    const more = length - stretch.from;
    const cues = stretch.cues.map(([piece, offset, slope, ownLength, ownSlope]) => ({
      piece,
      at: at + Math.round(offset + slope * more),
      length: ownLength === undefined ? data.pieces[piece].length : Math.round(ownLength + ownSlope * more),
    }));
    const current = stages.at(-1);
    current.steps.push({ step, start: at, end: at + length, speech: stretch.speech, cues });
    current.end = at += length;
    placed.push(...cues);
  }
  placed.sort((one, other) => one.at - other.at);
  return { total: at, stages, placed };
}

const seconds = (samples) => Math.round((samples / RATE) * 1e6) / 1e6;

/** The object that `voiceguide plan --json` prints, in seconds. */
export function describe(data, laid) {
  const cue = ({ piece, at, length }) => {
    const { kind, text } = data.pieces[piece];
    return { at: seconds(at), kind, text, length: seconds(length) };
  };
  return {
    title: data.title,
    language: data.language,
    total: seconds(laid.total),
    estimated: false,
    stages: laid.stages.map(({ stage, start, end, steps }) => ({
      title: stage.title,
      start: seconds(start),
      end: seconds(end),
      steps: steps.map((step) => ({
        name: step.step.name,
        label: step.step.label,
        target: step.step.target,
        start: seconds(step.start),
        end: seconds(step.end),
        speech: seconds(step.speech),
        cues: step.cues.map(cue),
      })),
    })),
    warnings: [],
  };
}

/** The length that `--total` gives a step at a common factor. */
function lengthAt(points, factor) {
  const [[low, shortest], [high, longest]] = points;
  if (factor <= low) return shortest;
  if (factor >= high) return longest;
  return shortest + ((longest - shortest) * (factor - low)) / (high - low);
}

/**
 * Share a total out as `--total` does: all silences by one factor, within their limits. Return new settings, or
 * {reason, shortest, longest} in milliseconds if the total is out of reach.
 */
export function share(data, settings, totalMs) {
  const rows = rowsOf(data, { ...settings, given: {} });
  const free = rows.filter(({ step, tables }) => tables.stretch.length && settings.lengths[step.target] === undefined);
  const capped = (row, factor) => Math.min(lengthAt(row.tables.stretch, factor), row.tables.tables.at(-1).to);
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

/** Round the lengths to milliseconds, equal ones equally, and give the samples that remain to the last free step. */
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
