// Where a loop jumps so that it lines up with a piece, and how far the bed dips there.

import { FRAME } from "./kit-timeline.js";

const CELL = 500; // frames

const BANDS = 6;
const MARGIN = 33;
const SPANS = [[-3, 3, 1], [0, 3, 1], [-9, 6, 0.5], [3, 6, 0.5], [-33, 24, 0.3], [9, 24, 0.3]]; // [first frame, frames, weight]
const sums = new WeakMap();

/** The number of frames after which a bed repeats itself. A bed with cells plays them in the order that the kit gives. */
export const lengthOf = (loop) => (loop.order ? loop.order.length * CELL : loop.count);

/** Return the frames of the loop that play at `count` positions from `start` on, as ranges [first frame, frames]. */
export function framesAt(loop, start, count) {
  if (!loop.order) return [[start % loop.count, count]];
  const ranges = [];
  for (let done = 0; done < count;) {
    const within = (start + done) % CELL;
    const length = Math.min(CELL - within, count - done);
    ranges.push([loop.order[Math.floor((start + done) / CELL) % loop.order.length] * CELL + within, length]);
    done += length;
  }
  return ranges;
}

/**
 * Fill `count` frames so that a bed with cells comes from position `start` to position `target` without an audible jump:
 * whole cells, then as much as necessary of the last cell, which is the same in every frame, then the start of the
 * target's cell. Return ranges of frames, or null if there is not enough room.
 */
export function throughCells(loop, start, count, target) {
  const head = (CELL - (start % CELL)) % CELL;
  const tail = target % CELL;
  const middle = count - head - tail;
  if (middle < 0) return null;
  const rest = middle % CELL;
  const last = loop.count - CELL;
  return [framesAt(loop, start, head + middle - rest), rest ? [[last, rest]] : [], framesAt(loop, target - tail, tail)];
}

/** Running sums of a loop's features, so that the mean of any range takes one subtraction. */
function sumsOf(loop) {
  let found = sums.get(loop);
  if (!found) {
    const text = atob(loop.features);
    found = new Int32Array(BANDS * (lengthOf(loop) + 1));
    let at = 0;
    for (const [first, count] of framesAt(loop, 0, lengthOf(loop))) {
      for (let index = BANDS * first; index < BANDS * (first + count); index += 1, at += 1) found[at + BANDS] = found[at] + text.charCodeAt(index);
    }
    sums.set(loop, found);
  }
  return found;
}

/**
 * Find the joint in a stretch of the loop that starts at frame `start` and lasts `count` frames. After the joint, the
 * loop continues `shift` frames further on. Return {offset, dip}: the frame of the stretch at which to jump, and the
 * level points of the dip, or null.
 */
export function joint(loop, start, count, shift, at, spoken) {
  const offset = bestFrame(loop, start, count, shift);
  const { dip_db: depth = 0, dip_frames: length = 0 } = loop.join;
  if (!depth) return { offset, dip: null };
  const middle = (at + offset) * FRAME;
  const before = Math.min(length, offset) * FRAME;
  const after = Math.min(length, count - offset) * FRAME;
  return { offset, dip: [[middle - before, 0], [middle - 1, depth], [middle + FRAME, depth], [middle + after, 0]] };
}

/**
 * Find the frame at which jumping `shift` frames ahead is least audible. Each span of frames around the joint is
 * compared with the span `shift` frames later.
 */
function bestFrame(loop, start, count, shift) {
  const total = sumsOf(loop);
  const frames = lengthOf(loop);
  const mean = (from, length, band) => {
    const first = ((from % frames) + frames) % frames;
    const end = first + length;
    const inside = total[BANDS * Math.min(end, frames) + band] - total[BANDS * first + band];
    return (inside + (end > frames ? total[BANDS * (end - frames) + band] : 0)) / length;
  };
  const margin = Math.min(MARGIN, count >> 1);
  let best = margin;
  let least = Infinity;
  for (let offset = margin; offset <= count - margin; offset += 1) {
    let off = 0;
    for (let index = 0; index < SPANS.length && off < least; index += 1) {
      const [from, length, weight] = SPANS[index];
      const place = start + offset + from;
      for (let band = 0; band < BANDS; band += 1) off += weight * Math.abs(mean(place, length, band) - mean(place + shift, length, band));
    }
    if (off < least) [least, best] = [off, offset];
  }
  return best;
}
