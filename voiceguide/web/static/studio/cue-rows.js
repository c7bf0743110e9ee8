// The cues of a step: what is said during the step, and when.

import { el } from "../dom.js";
import { parseLength, scriptLength } from "../times.js";
import { icon } from "./icons.js";
import { recordingField } from "./recording-field.js";
import { at, same, wordsOf } from "./script-paths.js";
import { nameOfSound, soundOf } from "./sounds.js";
import { timeField } from "./time-field.js";
import { say } from "./words.js";

const SHARES = { half: 50, "1/2": 50, "1/3": 33, "2/3": 67, "1/4": 25, "3/4": 75 };
const PARTS = ["in", "out"]; // of a breath

const opened = new Set(); // the places of cues whose recording field is shown although they have no recording yet

export function cueRows(studio, form, node, path) {
  const cues = Array.isArray(node.cues) ? node.cues : [];
  const add = () => {
    const now = studio.document.expected([...path, "cues"]);
    const count = Array.isArray(now) ? now.length : 0;
    const cue = { at: count ? "30s left" : "half", say: say(count ? "cue_left_text" : "cue_half_text") };
    const edit = count ? { op: "insert", path: [...path, "cues", count], value: cue } : { op: "set", path: [...path, "cues"], value: [cue] };
    studio.edit([edit], { focus: `field cues.${count}.say` });
  };
  return el("fieldset", { className: "cues" }, el("legend", {}, say("cues")),
    ...cues.map((cue, index) => row(studio, form, cue, [...path, "cues", index], index)),
    el("button", { type: "button", className: "adder", "data-focus": "add cue", "data-field": "cues", onclick: add }, icon("add"), say("add_cue")));
}

function row(studio, form, cue, path, index) {
  const when = readWhen(cue);
  const put = (next) => {
    const now = studio.document.expected(path);
    return now ? studio.edit(whenOperations(now, path, next)) : null; // it is being deleted
  };
  const kinds = ["share", "after", "left", "every", "end"];
  const select = el("select", { "aria-label": say("cue_when"), "data-focus": `cue ${index} when`, "data-field": `cues.${index}`, onchange: () => put({ ...defaults(select.value), kind: select.value }) },
    ...kinds.map((kind) => el("option", { value: kind, selected: kind === when.kind }, say(`cue_${kind}`))));
  // The element that is shown. It is not always the one made here, because what has not changed stays.
  const chosen = () => form.place.querySelector(`[data-focus='cue ${index} when']`).value;
  const time = when.kind === "end" ? null : when.kind === "share"
    ? shareField(when.share, index, (share) => put({ kind: "share", share }))
    : timeField({ label: say(`cue_${when.kind}`), seconds: when.seconds, min: 1, focus: `cue ${index} time`, put: (ms) => put({ kind: chosen(), seconds: ms / 1000 }) });
  const key = JSON.stringify(path);
  const find = () => [...opened].find((place) => same(place.path, path));
  const isOpen = Boolean(cue.audio || find());
  const toggle = () => {
    const shown = find();
    if (shown) studio.document.unfollow(shown);
    if (!opened.delete(shown)) opened.add(studio.document.follow(path));
    studio.drawForm();
  };
  const sounds = Boolean(cue.chime || cue.breath);
  const own = sounds || cue.audio ? null : el("button", { type: "button", className: "tool small", "aria-label": say("recording_of_cue", { n: index + 1 }), title: say("recording"), "aria-expanded": String(isOpen),
    "data-focus": `cue ${index} recording`, onclick: toggle }, icon("microphone"));
  const words = sounds ? el("span", { className: "about" }, cue.chime ? chimeName(soundOf(cue.chime)) : breathName(cue.breath)) : cueWords(studio, form, cue, path, index);
  return el("div", { className: "cue", role: "group", "aria-label": say("cue_named", { n: index + 1 }), "data-cue": at(studio.document.identities, path)?.id, "data-drop": sounds ? null : key }, el("span", { className: "when" }, select, time, when.kind === "share" ? "%" : null), words,
    el("span", { className: "cue-tools" }, own, el("button", { type: "button", className: "tool small", "aria-label": say("delete_cue", { n: index + 1 }), title: say("delete_short"), "data-focus": `cue ${index} delete`,
      onclick: () => studio.edit([{ op: "remove", path }, { op: "remove", path: path.slice(0, -1), ifEmpty: true }], { focus: index ? `cue ${index - 1} delete` : "add cue" }) }, icon("delete"))),
    isOpen && !sounds ? recordingField(studio, cue, path, index) : null);
}

function shareField(share, index, put) {
  const field = el("input", { type: "number", min: 1, max: 99, className: "time percent", value: String(share), "aria-label": say("cue_share"), "data-focus": `cue ${index} time` });
  let given = field.value;
  field.isTyping = () => field.value !== given;
  field.adopt = (value) => (field.value = given = value);
  field.take = () => {
    if (!field.isTyping()) return;
    given = field.value;
    put(Math.min(99, Math.max(1, Number(field.value) || 50)));
  };
  field.addEventListener("change", field.take);
  return field;
}

/** A chime as it is written, with its level. What is not text is a problem in the script, and is left out. */
const chimeName = ({ sound, level }) => [nameOfSound(sound ?? "") || say("cue_chime"), inDb(level)].filter(Boolean).join(", ");

/** A breath as it is written, with its length and its level. */
function breathName(breath) {
  const { part, for: length, level } = typeof breath === "string" ? { part: breath } : breath;
  const known = PARTS.find((each) => each === textOf(part).toLowerCase());
  return [known ? say(`breath_${known}`) : textOf(part) || say("cue_breath"), textOf(length), inDb(level)].filter(Boolean).join(", ");
}

const textOf = (value) => (typeof value === "string" ? value.trim() : "");
const inDb = (level) => (textOf(level) ? `${textOf(level)} dB` : "");

function cueWords(studio, form, cue, path, index) {
  const field = form.words({ label: say("cue_words", { n: index + 1 }), field: `cues.${index}.say`, value: wordsOf(cue).full, put: (text) => studio.setWords(path, "full", text) });
  field.firstChild.className = "hidden-text";
  return field;
}

/** When a cue is heard: {kind, share (percent), seconds}. */
function readWhen(cue) {
  if (cue.every !== undefined) return { kind: "every", seconds: secondsOf(cue.every) };
  const at = String(cue.at ?? "").trim().toLowerCase();
  if (at === "end") return { kind: "end" };
  if (at in SHARES) return { kind: "share", share: SHARES[at] };
  if (at.endsWith("%")) return { kind: "share", share: Math.round(Number.parseFloat(at)) || 50 };
  if (at.endsWith("left")) return { kind: "left", seconds: secondsOf(at.replace(/left$/, "")) };
  return { kind: "after", seconds: secondsOf(at) };
}

const secondsOf = (text) => (parseLength(String(text)) ?? 0) / 1000;

function defaults(kind) {
  return kind === "share" ? { share: 50 } : { seconds: 30 };
}

function whenOperations(cue, path, { kind, share, seconds }) {
  const length = kind === "share" || kind === "end" ? "" : scriptLength(Math.round(seconds * 1000));
  if (kind === "every") {
    const set = { op: "set", path: [...path, "every"], value: length };
    return cue.at === undefined ? [set] : [{ op: "remove", path: [...path, "at"] }, set];
  }
  const value = { share: share === 50 ? "half" : `${share}%`, end: "end", left: `${length} left`, after: length }[kind];
  const gone = ["every", "from", "until"].filter((key) => cue[key] !== undefined).map((key) => ({ op: "remove", path: [...path, key] }));
  return [...gone, { op: "set", path: [...path, "at"], value }];
}
