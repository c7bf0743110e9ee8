// Assemble a session: copy the frames of loops and pieces, and turn them up and down.

import { frameBytes, infoFrame, turn } from "./kit-frames.js";
import { toSteps } from "./kit-levels.js";
import { plan } from "./kit-runs.js";

const CUT_FADE = 24; // frames over which a chime fades that is cut short

/** The parts of a Blob: the Info frame, and frames copied from the kit's own, turned where the level asks for it. */
export function assemble(data, laid, settings, frames) {
  const planned = plan(data, laid);
  const size = frameBytes(data);
  const parts = [infoFrame(data, laid.total)];
  const bed = new Int8Array(planned.levels.length);
  planned.levels.forEach((level, half) => (bed[half] = toSteps(level + settings.bedDb)));
  const voice = toSteps(settings.voiceDb);
  for (const run of planned.runs) {
    if (run.loop !== undefined) loopParts(parts, data, run, bed, frames, size);
    else if (data.pieces[run.piece].kind === "say") parts.push(spokenPart(data, run, voice, frames, size));
    else parts.push(chimePart(data, run, bed, frames, size));
  }
  return { planned, parts };
}

function loopParts(parts, data, run, bed, frames, size) {
  const { id, count } = data.loops[run.loop];
  const source = frames.get(id);
  let [done, from] = [0, run.from];
  while (done < run.count) {
    const first = run.at + done;
    const plain = !(bed[2 * first] | bed[2 * first + 1]);
    const room = plain ? Math.min(run.count - done, count - from) : run.count - done;
    let length = 1;
    while (length < room && plain === !(bed[2 * (first + length)] | bed[2 * (first + length) + 1])) length += 1;
    if (plain) {
      parts.push(source.subarray(from * size, (from + length) * size));
    } else {
      const own = new Uint8Array(length * size);
      for (let frame = 0; frame < length; frame += 1) {
        const place = (from + frame) % count;
        own.set(source.subarray(place * size, (place + 1) * size), frame * size);
        turn(own, frame * size, bed[2 * (first + frame)], bed[2 * (first + frame) + 1], data.channels);
      }
      parts.push(own);
    }
    done += length;
    from = (from + length) % count;
  }
}

function spokenPart(data, run, voice, frames, size) {
  const source = frames.get(data.pieces[run.piece].id);
  if (!voice) return source.subarray(run.from * size, (run.from + run.count) * size);
  const own = source.slice(run.from * size, (run.from + run.count) * size);
  for (let frame = 0; frame < run.count; frame += 1) turn(own, frame * size, voice, voice, data.channels);
  return own;
}

function chimePart(data, run, bed, frames, size) {
  const own = frames.get(data.pieces[run.piece].id).slice(run.from * size, (run.from + run.count) * size);
  for (let frame = 0; frame < run.count; frame += 1) {
    const left = run.count - frame;
    const fade = run.cut && left < CUT_FADE ? toSteps(20 * Math.log10(left / CUT_FADE)) : 0;
    const half = 2 * (run.at + frame);
    turn(own, frame * size, bed[half] + fade, bed[half + 1] + fade, data.channels);
  }
  return own;
}
