// Where a loop jumps so that it lines up with a piece, and how far the bed dips there.

import { FRAME } from "./kit-timeline.js";

const BANDS = 6;
const MARGIN = 33;
const SPANS = [[-3, 3, 1], [0, 3, 1], [-9, 6, 0.5], [3, 6, 0.5], [-33, 24, 0.3], [9, 24, 0.3]]; // [first frame, frames, weight]
const sums = new WeakMap();

/** Running sums of a loop's features, so that the mean of any range takes one subtraction. */
function sumsOf(loop) {
  let found = sums.get(loop);
  if (!found) {
    const text = atob(loop.features);
    found = new Int32Array(text.length + BANDS);
    for (let index = 0; index < text.length; index += 1) found[index + BANDS] = found[index] + text.charCodeAt(index);
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
  const frames = loop.count;
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
