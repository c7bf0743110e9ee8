// The plan of an assembled session: its timeline and its levels. `voiceguide verify` compares a file with it.

import { sourceOf } from "./kit-assemble.js";
import { DB_PER_STEP, frameBytes } from "./kit-frames.js";
import { toSteps } from "./kit-gain-envelope.js";
import { firstFrame } from "./kit-frame-sources.js";
import { describe, FRAME, RATE } from "./kit-timeline.js";

const PLAN_VERSION = 5;
const FRAMES_PER_ROW = 5;
const FLOOR_DB = -120;

/** Return the plan. It uses the records that follow the frames of loops and pieces, described in docs/phone-format.md. */
export async function sessionPlan(data, laid, { planned, turns }, frames, settings) {
  const described = describe(data, laid);
  const voiceDb = Math.round(DB_PER_STEP * toSteps(settings.voiceDb));
  const prints = data.pieces.map((piece) => printOf(data, piece, frames, voiceDb));
  laid.stages.forEach((stage, place) => stage.steps.forEach((step, position) => {
    const { cues } = described.stages[place].steps[position];
    step.cues.forEach(({ piece: number, at }, index) => {
      const piece = data.pieces[number];
      const heard = firstFrame(piece, at) * FRAME + piece.start; // up to 12 ms from its planned position
      cues[index].at = toSeconds(Math.max(0, heard));
      cues[index].length = toSeconds(Math.min(step.cues[index].length, laid.total - heard));
      if (piece.kind === "say") cues[index].print = prints[number];
    });
  }));
  const levels = await deflated(levelRows(data, laid.total, planned.runs, turns, frames));
  return { plan_version: PLAN_VERSION, ...described, channels: data.channels, preroll: 0, levels: base64(levels) };
}

/** Return the fingerprint of a piece in whole decibels, as Base64. */
function printOf(data, piece, frames, voiceDb) {
  const at = piece.count * (frameBytes(data) + 3);
  return base64(frames.get(piece.id).subarray(at).map((level) => Math.max(0, level + voiceDb)));
}

/** Return three bytes for each row of five frames, as measured by `verification/level_profile.py`. */
function levelRows(data, total, runs, turns, frames) {
  const count = Math.ceil(total / FRAME);
  const power = new Float64Array(3 * FRAMES_PER_ROW * Math.ceil(count / FRAMES_PER_ROW));
  const size = frameBytes(data);
  for (const run of runs) {
    const { id, count: turnCount } = sourceOf(data, run);
    const bytes = frames.get(id);
    for (let index = 0; index < run.count && run.at + index < count; index += 1) {
      const at = turnCount * size + 3 * ((run.from + index) % turnCount);
      // a half frame is heard half a frame early, so this frame has the levels of its second half and of the half frame after it
      const half = 2 * (run.at + index) + 1;
      const gains = [gainOf(turns[half]), gainOf(turns[Math.min(half + 1, turns.length - 1)])];
      const place = 3 * (run.at + index);
      power[place] = powerOf(bytes[at]) * (gains[0] + gains[1]) / 2;
      power[place + 1] = powerOf(bytes[at + 1]) * (gains[0] + gains[1]) / 2;
      power[place + 2] = powerOf(bytes[at + 2]) * Math.max(...gains);
    }
  }
  const rows = new Uint8Array(power.length / FRAMES_PER_ROW);
  for (let row = 0; row < rows.length / 3; row += 1) {
    const values = [0, 1, 2].map((kind) => Array.from({ length: FRAMES_PER_ROW }, (_, frame) => power[3 * (FRAMES_PER_ROW * row + frame) + kind]));
    const mean = (list) => list.reduce((sum, value) => sum + value, 0) / FRAMES_PER_ROW;
    rows.set([mean(values[0]), mean(values[1]), Math.max(...values[2])].map(byteOf), 3 * row);
  }
  return rows;
}

const toSeconds = (samples) => Math.round((samples / RATE) * 1e6) / 1e6;
const powerOf = (byte) => (byte ? 10 ** ((byte / 2 + FLOOR_DB) / 10) : 0);
const byteOf = (power) => Math.min(255, Math.max(0, Math.round(2 * (10 * Math.log10(Math.max(power, 1e-12)) - FLOOR_DB))));
const gainOf = (steps) => 10 ** ((steps * DB_PER_STEP) / 10);

/** Compress data in the zlib format. */
export async function deflated(bytes) {
  const stream = new Blob([bytes]).stream().pipeThrough(new CompressionStream("deflate"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

function base64(bytes) {
  let text = "";
  for (let at = 0; at < bytes.length; at += 32768) text += String.fromCharCode(...bytes.subarray(at, at + 32768));
  return btoa(text);
}
