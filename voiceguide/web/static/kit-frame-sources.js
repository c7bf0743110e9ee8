// The source of each frame of a session, and the points where a loop jumps to line up with a piece.

import { frameCount } from "./kit-frames.js";
import { framesAt, joint, lengthOf, throughCells } from "./kit-loop-jumps.js";
import { levelsInDb, SILENT_DB } from "./kit-gain-envelope.js";
import { FRAME, RATE } from "./kit-timeline.js";

const BORDER = 2 * RATE;

/** The frame of the session at which a piece must start so that its cue is at sample `at`. */
export const firstFrame = (piece, at) => Math.round((at - piece.start) / FRAME);

/** Place pieces on the frame grid. If two overlap, cut the lead of the later one, then the tail of the earlier one. */
function onGrid(data, laid, frames) {
  const runs = [];
  for (const { piece: index, at, length } of laid.placed) {
    const piece = data.pieces[index];
    const first = firstFrame(piece, at);
    const needed = Math.ceil((piece.start + length) / FRAME) + 2;
    const cue = Math.floor(piece.start / FRAME) - 1;
    const run = { index, piece, first, skip: Math.max(0, -first), count: Math.min(piece.count, needed), cut: length < piece.length };
    const last = runs.at(-1);
    if (last && last.first + last.count > first + run.skip) {
      run.skip = Math.min(Math.max(cue, 0), last.first + last.count - first);
      last.count = Math.min(last.count, first + run.skip - last.first);
    }
    run.count = Math.min(run.count, frames - first);
    if (run.count > run.skip) runs.push(run);
  }
  return runs;
}

/** The loops of the stages in order, each with the position where it starts: {frame, at, loop}. */
function bedsOf(data, laid) {
  const beds = [];
  for (const { stage, start } of laid.stages) {
    if (beds.at(-1)?.loop !== stage.loop) beds.push({ frame: beds.length ? Math.round(start / FRAME) : 0, at: start, loop: stage.loop });
  }
  return beds;
}

/** The level changes between two beds. The same sound moves to its new level; between different sounds, the level dips to silence. */
function borderDips(data, beds) {
  return beds.slice(1).flatMap(({ at, loop }, index) => {
    const [before, after] = [data.loops[beds[index].loop], data.loops[loop]];
    if (before.sound !== after.sound) return [[[at - BORDER, 0], [at, SILENT_DB], [at + BORDER, 0]]];
    const half = (after.level_db - before.level_db) / 2;
    return [[[at - BORDER, 0], [at, half]], [[at, -half], [at + BORDER, 0]]];
  });
}

/**
 * Return the runs of a session, [{loop or piece, from, count, at}] in frames, the level of every half frame in dB, and
 * the joints, {at, loop, dip}, where a loop jumps.
 */
export function plan(data, laid) {
  const frames = frameCount(laid.total);
  const placed = onGrid(data, laid, frames);
  const beds = bedsOf(data, laid);
  const spoken = placed
    .filter(({ piece }) => piece.kind === "say")
    .map(({ first, skip, count, piece }) => [(first + skip) * FRAME, (first + count) * FRAME, data.loops[piece.loop].duck_db]);
  const dips = borderDips(data, beds);
  const runs = [];
  const joints = [];
  let at = 0;
  let bed = 0;
  let phase = 0; // frame 0 of the loop is at frame 0 of the session, until the loop jumps
  const goTo = (until, target) => {
    while (at < until) {
      const next = beds[bed + 1];
      const stop = next && next.frame < until ? Math.max(next.frame, at) : until;
      const last = stop === until;
      if (stop > at) bedRuns(stop, last ? target : null);
      if (!last) bed += 1;
    }
  };
  const copy = (loop, ranges) => {
    for (const [from, count] of ranges) {
      if (count > 0) runs.push({ loop, from, count, at });
      at += count;
    }
  };
  const bedRuns = (stop, target) => {
    const { loop } = beds[bed];
    const own = data.loops[loop];
    const length = lengthOf(own);
    const count = stop - at;
    const start = (((at + phase) % length) + length) % length;
    const shift = target === null ? 0 : ((((target - (start + count)) % length) + length) % length);
    const cells = shift && own.order ? throughCells(own, start, count, target) : null;
    phase += shift;
    if (cells) {
      for (const [index, ranges] of cells.entries()) {
        if (at > 0 && (index === 2 || (index === 1 && ranges.length))) joints.push({ at, loop, dip: false });
        copy(loop, ranges);
      }
    } else if (shift) {
      const { offset, dip } = joint(own, start, count, shift, at, spoken);
      joints.push({ at: at + offset, loop, dip: dip !== null });
      if (dip) dips.push(dip);
      copy(loop, framesAt(own, start, offset));
      copy(loop, framesAt(own, start + offset + shift, count - offset));
    } else {
      copy(loop, framesAt(own, start, count));
    }
  };
  for (const run of placed) {
    while (beds[bed + 1] && beds[bed + 1].frame <= run.first + run.skip && beds[bed + 1].loop !== run.piece.loop) {
      if (beds[bed + 1].frame > at) goTo(beds[bed + 1].frame, null);
      bed += 1;
    }
    const length = lengthOf(data.loops[run.piece.loop]);
    const target = length > 1 ? (run.piece.phase + run.skip) % length : null;
    goTo(Math.min(run.first + run.skip, frames), target);
    while (beds[bed].loop !== run.piece.loop && beds[bed + 1]) bed += 1;
    const begin = at - run.first;
    const kept = run.count - begin;
    if (kept <= 0) continue;
    runs.push({ piece: run.index, from: begin, count: kept, at, cut: run.cut });
    at += kept;
    if (length > 1) phase = run.piece.phase + begin + kept - at;
  }
  goTo(frames, null);
  return { frames, runs, joints, levels: levelsInDb(frames, laid.total, spoken, dips) };
}
