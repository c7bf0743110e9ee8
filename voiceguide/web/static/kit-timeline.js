// The timeline of a kit, in samples, with the lengths that the user chose. It is computed from the kit's tables.

export const RATE = 48000;
export const FRAME = 1152;
export const MS = RATE / 1000;

/**
 * Settings are plain data: the lengths that the user set, in milliseconds by "STAGE/STEP"; the lengths that a total
 * gives the other steps; that total in milliseconds; the titles of skipped stages; and two volumes in dB.
 */
export const plainSettings = () => ({ lengths: {}, given: {}, skip: [], total: null, bedDb: 0, voiceDb: 0 });

/** Return every step that is not skipped, in order, with the tables that apply to it. */
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
      const length = chosen === undefined ? tables.length : Math.max(chosen * MS, tables.tables[0].from); // the first and the last step can need more time
      rows.push({ stage, step, position, tables, length });
      if (step.speaks) leadIn = false;
    });
  }
  return rows;
}

/** Return the table whose range of lengths contains a length. */
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

/** Return all positions in samples: {total, stages: [{stage, start, end, steps}], placed}. `placed` lists all cues. */
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

/** Return the object that `voiceguide plan --json` prints, with times in seconds. */
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
