// MP3 frames at 48 kHz and a constant bit rate. Without a bit reservoir, each can be placed anywhere.

import { FRAME } from "./kit-timeline.js";

const RATES = [32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320];
const DELAY = 576;
const INFO_BYTES = 156;
export const DB_PER_STEP = 20 * Math.log10(2) / 4;

export const frameBytes = (data) => 3 * data.bit_rate;
/** The number of frames that LAME uses for a session, with its delay before the audio and at least as much after it. */
export const frameCount = (total) => Math.ceil((total + 2 * DELAY) / FRAME);

/** Change the level of each half of a frame by a number of 1.505 dB steps. Silence stays silent. */
export function turn(bytes, at, first, second, channels) {
  const start = channels === 1 ? 32 + 18 : 32 + 20;
  for (let part = 0; part < 2 * channels; part += 1) {
    const steps = part < channels ? first : second;
    if (!steps) continue;
    const bit = start + 59 * part + 21;
    const index = at + (bit >> 3);
    const shift = 8 - (bit & 7);
    const word = (bytes[index] << 8) | bytes[index + 1];
    const gain = (word >> shift) & 255;
    const turned = gain ? Math.max(1, Math.min(255, gain + steps)) : 0;
    const result = (word & ~(255 << shift)) | (turned << shift);
    bytes[index] = result >> 8;
    bytes[index + 1] = result & 255;
  }
}

/** The Info frame, which players do not play. It contains the number of frames and the number of samples to skip at each end. */
export function infoFrame(data, total) {
  const frames = frameCount(total);
  const sideInfo = data.channels === 1 ? 17 : 32;
  const rate = RATES.find((each) => each >= data.bit_rate && 3 * each >= 4 + sideInfo + INFO_BYTES);
  const frame = new Uint8Array(3 * rate);
  const view = new DataView(frame.buffer);
  const info = 4 + sideInfo;
  const size = frame.length + frames * frameBytes(data);
  const letters = (at, text) => frame.set([...text].map((letter) => letter.charCodeAt(0)), at);
  const mode = data.channels === 1 ? 0xc0 : 0x40;
  frame.set([0xff, 0xfb, ((RATES.indexOf(rate) + 1) << 4) | 4, mode | 4]);
  letters(info, "Info");
  view.setUint32(info + 4, 15);
  view.setUint32(info + 8, frames);
  view.setUint32(info + 12, size);
  for (let percent = 0; percent < 100; percent += 1) frame[info + 16 + percent] = Math.floor((percent * 256) / 100);
  view.setUint32(info + 116, 57);
  const lame = info + 120;
  letters(lame, "LAME3.100");
  frame[lame + 9] = 1;
  frame[lame + 20] = Math.min(data.bit_rate, 255);
  const gaps = (DELAY << 12) | (frames * FRAME - total - DELAY);
  frame.set([(gaps >>> 16) & 255, (gaps >>> 8) & 255, gaps & 255], lame + 21);
  view.setUint32(lame + 28, size);
  view.setUint16(info + INFO_BYTES - 2, crc16(frame.subarray(0, info + INFO_BYTES - 2)));
  return frame;
}

function crc16(bytes) {
  let crc = 0;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit += 1) crc = crc & 1 ? (crc >> 1) ^ 0xa001 : crc >> 1;
  }
  return crc;
}
