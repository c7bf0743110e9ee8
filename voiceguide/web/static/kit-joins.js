// Where a loop leaves its own course to meet a piece, and how far the bed dips there.

import { FRAME } from "./kit-timeline.js";

const BANDS = 6;
const MARGIN = 33;
const SPANS = [[-3, 3, 1], [0, 3, 1], [-9, 6, 0.5], [3, 6, 0.5], [-33, 24, 0.3], [9, 24, 0.3]]; // [first frame, frames, weight]
const sums = new WeakMap();

/** Running sums of a loop's features: the mean of any range in one subtraction. */
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
 * The joint in a stretch of the loop that starts at frame `start` and lasts `count` frames: after it, the loop plays
 * `shift` frames later. Return {offset, dip}: the frame of the stretch to jump at, and points of level, if any.
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
 * The frame at which the loop goes on `shift` frames later and sounds most as it would have: around the joint, every span
 * of frames of the one place is compared with that of the other.
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
