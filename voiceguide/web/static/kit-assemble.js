// Assemble a session: copy the frames of loops and pieces, and change their levels.

import { frameBytes, infoFrame, turn } from "./kit-frames.js";
import { LIFT_DB, toSteps } from "./kit-gain-envelope.js";
import { plan } from "./kit-frame-sources.js";

const CUT_FADE = 24; // the number of frames over which a chime that is cut short fades out
const LOUD_BED_DB = -6; // the level of a bed that is nearly as loud as the voice
const LOUDEST_DBFS = -2; // the true peak can be this much above the largest sample
const FLOOR_DBFS = -120;
const WORTH_A_SLICE = 1_000_000; // bytes

/**
 * Return the parts of an MP3 file (the Info frame, then the kit's frames with their levels changed where necessary), a
 * key for each part that changes with its bytes, the plan, and the number of gain steps for each half frame.
 */
export function assemble(data, laid, settings, frames) {
  const planned = plan(data, laid);
  const parts = [infoFrame(data, laid.total)];
  const keys = [`info ${laid.total}`];
  const turns = new Int8Array(planned.levels.length);
  planned.levels.forEach((level, half) => (turns[half] = toSteps(level + settings.bedDb)));
  for (const run of planned.runs) {
    turnPiece(data, run, settings, turns);
    copyRun(parts, keys, data, run, turns, frames);
  }
  return { planned, parts, keys, turns };
}

/**
 * The lowest and the highest volume of voice and bed in dB. A louder voice would be clipped, and a louder bed would be
 * clipped, not ducked, or louder than the voice. A voice that is softer than a loud bed could not be understood.
 */
export function volumeLimits(data, frames) {
  const peak = ({ id, count }) => {
    const [bytes, at] = [frames.get(id), count * frameBytes(data)];
    let highest = 0;
    for (let frame = 0; frame < count; frame += 1) highest = Math.max(highest, bytes[at + 3 * frame + 2]);
    return highest / 2 + FLOOR_DBFS;
  };
  const peaks = [...data.loops, ...data.pieces.filter(({ kind }) => kind === "chime")].map(peak);
  const level = Math.max(...data.loops.map((loop) => loop.level_db)); // relative to the voice
  const room = Math.min(LOUDEST_DBFS - LIFT_DB - Math.max(...peaks), -level);
  return { voiceDb: [level > LOUD_BED_DB ? 0 : -7.5, 0], bedDb: [-4.5, Math.min(6, Math.max(0, 1.5 * Math.floor(room / 1.5)))] };
}

/** Return settings with volumes within the limits. The volumes may come from a version with a different bed. */
export function audible(data, settings, frames) {
  const within = (value, [lowest, highest]) => Math.min(highest, Math.max(lowest, value));
  const { voiceDb, bedDb } = volumeLimits(data, frames);
  return { ...settings, voiceDb: within(settings.voiceDb, voiceDb), bedDb: within(settings.bedDb, bedDb) };
}

/** The loop or piece from which a run is copied. */
export const sourceOf = (data, run) => (run.loop === undefined ? data.pieces[run.piece] : data.loops[run.loop]);

/** Set the gain of a piece. Speech ignores the bed levels. A chime that is cut short fades out. */
function turnPiece(data, run, settings, turns) {
  if (run.loop !== undefined) return;
  if (data.pieces[run.piece].kind === "say") {
    turns.fill(toSteps(settings.voiceDb), 2 * run.at, 2 * (run.at + run.count));
  } else if (run.cut) {
    for (let left = 1; left <= Math.min(CUT_FADE - 1, run.count); left += 1) {
      const half = 2 * (run.at + run.count - left);
      const fade = toSteps(20 * Math.log10(left / CUT_FADE));
      turns[half] += fade;
      turns[half + 1] += fade;
    }
  }
}

function copyRun(parts, keys, data, run, turns, frames) {
  const size = frameBytes(data);
  const { id, count } = sourceOf(data, run);
  const source = frames.get(id);
  let [done, from] = [0, run.from];
  while (done < run.count) {
    const first = run.at + done;
    const turned = turns[2 * first] || turns[2 * first + 1];
    const room = turned ? run.count - done : Math.min(run.count - done, count - from);
    let length = 1;
    while (length < room && !turned === !(turns[2 * (first + length)] || turns[2 * (first + length) + 1])) length += 1;
    if (turned) {
      const own = new Uint8Array(length * size);
      for (let frame = 0; frame < length; frame += 1) {
        const place = (from + frame) % count;
        own.set(source.subarray(place * size, (place + 1) * size), frame * size);
        turn(own, frame * size, turns[2 * (first + frame)], turns[2 * (first + frame) + 1], data.channels);
      }
      parts.push(own);
      keys.push(`${id} ${from} ${turns.subarray(2 * first, 2 * (first + length))}`);
    } else {
      parts.push(source.subarray(from * size, (from + length) * size));
      keys.push(`${id} ${from} ${length}`);
    }
    done += length;
    from = (from + length) % count;
  }
}

/**
 * Makes the Blob of a session. Most frames are the same as in the session before, and a browser takes long to copy
 * twenty megabytes, so long runs of the same parts are taken from the Blob before.
 */
export class BlobMaker {
  constructor() {
    this.last = { blob: null, keys: [], places: new Map(), starts: [] };
  }

  /** `parts` and `keys` are as returned by `assemble`. */
  blob({ parts, keys }) {
    const { last } = this;
    const chunks = [];
    const starts = [0];
    for (const part of parts) starts.push(starts.at(-1) + part.length);
    for (let index = 0; index < parts.length;) {
      const place = last.places.get(keys[index]) ?? last.keys.length;
      let end = index;
      while (end < parts.length && keys[end] === last.keys[place + end - index]) end += 1;
      if (starts[end] - starts[index] < WORTH_A_SLICE) {
        chunks.push(parts[index]);
        index += 1;
      } else {
        chunks.push(last.blob.slice(last.starts[place], last.starts[place + end - index]));
        index = end;
      }
    }
    const blob = new Blob(chunks, { type: "audio/mpeg" });
    this.last = { blob, keys, places: new Map(keys.map((key, index) => [key, index])), starts };
    return blob;
  }
}
