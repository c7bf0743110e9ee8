// The level change of each half frame: fades at both ends, the duck under speech, and level changes of the bed.

import { DB_PER_STEP } from "./kit-frames.js";
import { FRAME, RATE } from "./kit-timeline.js";

const LIFT = RATE;
const LIFT_RAMP = (RATE * 4) / 10;
export const LIFT_DB = 1.5;
const ATTACK = (RATE * 3) / 10;
const RELEASE = (RATE * 12) / 10;
const FADE_IN = RATE;
const FADE_OUT = 5 * RATE;
const HALF = FRAME / 2;
const CENTER = 289; // the audio of a half frame is centered this many samples before its first sample
export const SILENT_DB = -60;

/** Add a line through points [sample, dB] to the levels of a range of half frames. */
function addLine(levels, points) {
  let index = 1;
  const from = Math.max(0, Math.ceil((points[0][0] + CENTER) / HALF));
  for (let half = from; half < levels.length; half += 1) {
    const at = half * HALF - CENTER;
    while (index < points.length && at > points[index][0]) index += 1;
    if (index === points.length) return;
    const [[left, leftDb], [right, rightDb]] = [points[index - 1], points[index]];
    levels[half] += leftDb + ((rightDb - leftDb) * (at - left)) / (right - left || 1);
  }
}

/** Merge ranges [start, end, duckDb] if the gap between them is shorter than a release and a lift. */
function merged(ranges) {
  const result = [];
  for (const range of ranges) {
    const last = result.at(-1);
    if (last && range[0] - last[1] < RELEASE + LIFT) last[1] = Math.max(last[1], range[1]);
    else result.push([...range]);
  }
  return result;
}

/**
 * Return the level of every half frame in dB. `spoken` contains the ranges of speech in samples with their duck. `dips`
 * contains the points of other level changes, such as the dip around a joint.
 */
export function levelsInDb(frames, total, spoken, dips) {
  const levels = new Float32Array(2 * frames);
  for (const [start, end, duck] of merged(spoken)) {
    const lift = start - LIFT;
    const before = lift >= 0 ? [[lift, 0], [lift + LIFT_RAMP, LIFT_DB], [start - ATTACK, LIFT_DB]] : [[Math.max(start - ATTACK, 0), 0]];
    addLine(levels, [...before, [start, duck], [end, duck], [end + RELEASE, 0]]);
  }
  for (const points of dips) addLine(levels, points);
  fade(levels, total);
  return levels;
}

/** Add equal-power fades at both ends, as in a session built on the computer. */
function fade(levels, total) {
  const length = Math.min(FADE_OUT, total / 2);
  const gain = (share) => Math.max(SILENT_DB, 20 * Math.log10(Math.sin((Math.min(1, Math.max(share, 1e-6)) * Math.PI) / 2)));
  for (let half = 0; half * HALF < FADE_IN + CENTER && half < levels.length; half += 1) {
    levels[half] += gain((half * HALF - CENTER) / FADE_IN);
  }
  for (let half = Math.max(0, Math.floor((total - length) / HALF)); half < levels.length; half += 1) {
    levels[half] += gain((total - half * HALF + CENTER) / length);
  }
}

export const toSteps = (db) => Math.round(db / DB_PER_STEP);
