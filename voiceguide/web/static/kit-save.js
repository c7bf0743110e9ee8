// Save a session as an MP3 file with tags, chapters, and the plan that `voiceguide verify` reads.

import { deflated } from "./kit-plan-for-verify.js";

const MOST_CHILDREN = 255;
const NO_OFFSET = [255, 255, 255, 255];

/** Whether this browser can save a session. Browsers released before 2023 cannot compress the plan. */
export const canSave = "CompressionStream" in globalThis;

/** Return the MP3 as a Blob: an ID3v2.3 tag like the one `voiceguide build` writes, and the frames. */
export async function savedFile(tags, plan, parts) {
  const plain = new TextEncoder().encode(JSON.stringify(plan));
  const sum = checksum(parts);
  const ms = (seconds) => Math.round(seconds * 1000);
  const ids = plan.stages.map((_, number) => `chp${number}`);
  const frames = [
    ...[["TIT2", tags.title], ["TPE1", tags.artist], ["TALB", tags.album], ["TCON", tags.genre], ["TLAN", tags.language]].map(textFrame),
    textFrame(["TLEN", String(ms(plan.total))]),
    commentFrame(tags),
    frame("PRIV", ascii("voiceguide\0"), await deflated(plain)),
    frame("PRIV", ascii("voiceguide sum\0"), number32(sum)),
    ...contentsFrames(ids),
    ...plan.stages.map(({ title, start, end }, index) => frame(
      "CHAP", ascii(`${ids[index]}\0`), number32(ms(start)), number32(ms(end)), NO_OFFSET, NO_OFFSET, textFrame(["TIT2", title]))),
  ];
  const body = joinBytes(frames);
  const size = [21, 14, 7, 0].map((shift) => (body.length >> shift) & 127);
  return new Blob([new Uint8Array([...ascii("ID3"), 3, 0, 0, ...size]), body, ...parts], { type: "audio/mpeg" });
}

/** The table of contents. A table has at most 255 entries. If there are more chapters, it lists other tables. */
function contentsFrames(ids) {
  if (ids.length <= MOST_CHILDREN) return [contentsFrame("toc", ids, 3)];
  const groups = [];
  for (let first = 0; first < ids.length; first += MOST_CHILDREN) groups.push(ids.slice(first, first + MOST_CHILDREN));
  return [contentsFrame("toc", groups.map((_, number) => `toc${number}`), 3), ...groups.map((group, number) => contentsFrame(`toc${number}`, group, 1))];
}

const contentsFrame = (name, ids, flags) => frame("CTOC", ascii(`${name}\0`), [flags, ids.length], ascii(ids.map((id) => `${id}\0`).join("")));

function frame(name, ...contents) {
  const content = joinBytes(contents);
  return joinBytes([ascii(name), number32(content.length), [0, 0], content]);
}

/** Encode text as Latin-1 if possible, otherwise as UTF-16. The first byte identifies the encoding. */
function encodeText(text) {
  if (/^[\u0000-\u00ff]*$/.test(text)) return [0, ascii(text)];
  return [1, [255, 254, ...codeUnits(text).flatMap((code) => [code & 255, code >> 8])]];
}

function textFrame([name, text]) {
  const [encoding, bytes] = encodeText(text);
  return text ? frame(name, [encoding], bytes) : [];
}

function commentFrame({ comment, language }) {
  const [encoding, bytes] = encodeText(comment);
  const noDescription = encoding ? [255, 254, 0, 0] : [0];
  return comment ? frame("COMM", [encoding], ascii(language || "und"), noDescription, bytes) : [];
}

const codeUnits = (text) => Array.from({ length: text.length }, (_, index) => text.charCodeAt(index)); // an emoji has two
const ascii = codeUnits;
const number32 = (number) => [24, 16, 8, 0].map((shift) => (number >>> shift) & 255);

function joinBytes(lists) {
  const whole = new Uint8Array(lists.reduce((sum, list) => sum + list.length, 0));
  let at = 0;
  for (const list of lists) {
    whole.set(list, at);
    at += list.length;
  }
  return whole;
}

/** The CRC-32 of all parts. */
function checksum(parts) {
  const table = Uint32Array.from({ length: 256 }, (_, byte) => {
    let value = byte;
    for (let bit = 0; bit < 8; bit += 1) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
    return value;
  });
  let sum = 0xffffffff;
  for (const part of parts) for (let index = 0; index < part.length; index += 1) sum = (sum >>> 8) ^ table[(sum ^ part[index]) & 255];
  return (sum ^ 0xffffffff) >>> 0;
}
