// Assemble a session: copy the frames of loops and pieces, and change their levels.

import { frameBytes, infoFrame, turn } from "./kit-frames.js";
import { toSteps } from "./kit-gain-envelope.js";
import { plan } from "./kit-frame-sources.js";

const CUT_FADE = 24; // frames over which a chime fades that is cut short

/**
 * Return the parts of a Blob (the Info frame, then the kit's frames with their levels changed where necessary), the
 * plan, and the number of gain steps for each half frame.
 */
export function assemble(data, laid, settings, frames) {
  const planned = plan(data, laid);
  const parts = [infoFrame(data, laid.total)];
  const turns = new Int8Array(planned.levels.length);
  planned.levels.forEach((level, half) => (turns[half] = toSteps(level + settings.bedDb)));
  for (const run of planned.runs) {
    turnPiece(data, run, settings, turns);
    const { id, count } = sourceOf(data, run);
    copyRun(parts, data, run, turns, frames.get(id), count);
  }
  return { planned, parts, turns };
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

function copyRun(parts, data, run, turns, source, count) {
  const size = frameBytes(data);
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
    } else {
      parts.push(source.subarray(from * size, (from + length) * size));
    }
    done += length;
    from = (from + length) % count;
  }
}
