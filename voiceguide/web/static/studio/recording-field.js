// A recording that replaces the voice of a step or cue: it is made with the microphone, or a file is chosen or dropped.

import { el, get } from "../dom.js";
import { clock } from "../times.js";
import { api } from "./api.js";
import { icon } from "./icons.js";
import { isStep, nameOf, same, wordsOf } from "./script-paths.js";
import { nameOfStep, say } from "./words.js";

const MOST_S = 300;
let running = null; // the recording in progress: {place, name, recorder}
let isAsking = false; // whether the browser is asking for the microphone
const saving = new Set(); // what is being saved

/** The recording field of a step or cue. `index` tells cues apart. */
export function recordingField(studio, node, path, index = null) {
  const mine = running && same(running.place.path, path);
  const id = (name) => (index === null ? name : `cue ${index} ${name}`);
  const choose = el("input", { type: "file", accept: "audio/*", className: "hidden-text", tabIndex: -1, "aria-hidden": "true", onchange: () => choose.files[0] && saveRecording(studio, path, choose.files[0]) });
  const record = el("button", { type: "button", className: `plain record${running ? " on" : ""}`, "data-focus": id("record"), onclick: () => (running ? running.recorder.stop() : start(studio, path)) },
    icon(running ? "stop" : "microphone"), mine ? say("stop_recording") : running ? say("stop_recording_of", { name: running.name }) : say(node.audio ? "record_again" : "record"));
  const remove = node.audio && !isOnlySound(node) ? el("button", { type: "button", className: "plain", "data-focus": id("remove recording"), onclick: () => useVoice(studio, path, id("record")) }, say("use_voice")) : null;
  return el("fieldset", { className: `recording${node.audio ? " has" : ""}`, "data-drop": JSON.stringify(path), "aria-describedby": node.audio ? id("recording-file").replaceAll(" ", "-") : null }, el("legend", {}, index === null ? say("recording") : say("recording_of_cue", { n: index + 1 })),
    el("div", { className: "row" }, node.audio ? el("b", { className: "file-of", id: id("recording-file").replaceAll(" ", "-") }, String(node.audio)) : null, record,
      el("button", { type: "button", className: "plain", "data-focus": id("choose recording"), "data-field": index === null ? "audio" : `cues.${index}.audio`, onclick: () => choose.click() }, say("choose_file")), choose, remove,
      el("span", { className: mine ? "about" : "about hint", id: mine ? "recording-time" : "" }, mine ? clock(0) : node.audio ? "" : say("recording_hint"))));
}

/** Whether a node contains nothing but its recording. */
const isOnlySound = (node) => !wordsOf(node).full && node.for === undefined && node.pause === undefined;

async function useVoice(studio, path, focus) {
  const done = await studio.edit([{ op: "remove", path: [...path, "audio"] }], { focus });
  if (done) studio.announce(say("voice_used"));
}

async function start(studio, path) {
  if (!navigator.mediaDevices?.getUserMedia || !globalThis.MediaRecorder) return studio.tell(say("no_microphone_here"));
  if (running || isAsking) return null;
  isAsking = true;
  studio.hearing.stop();
  const place = studio.document.follow(path);
  let stream;
  try {
    stream = await navigator.mediaDevices.getUserMedia({ audio: { echoCancellation: false, autoGainControl: false } });
  } catch {
    studio.document.unfollow(place);
    return studio.tell(say("microphone_refused"));
  } finally {
    isAsking = false;
  }
  if (place.path === null) { // while the browser was asking
    for (const track of stream.getTracks()) track.stop();
    return null;
  }
  const recorder = new MediaRecorder(stream);
  const parts = [];
  recorder.addEventListener("dataavailable", ({ data }) => parts.push(data));
  const stopped = new Promise((resolve) => recorder.addEventListener("stop", resolve, { once: true })).then(() => {
    for (const track of stream.getTracks()) track.stop();
    clearInterval(timer);
    running = null;
    return save(studio, place, new Blob(parts, { type: recorder.mimeType }), name);
  });
  const name = nameOfStep(studio.document.at(place.path));
  const began = performance.now();
  running = { place, name, recorder };
  const timer = setInterval(() => {
    const seconds = (performance.now() - began) / 1000;
    const shown = get("recording-time");
    if (shown) shown.textContent = clock(Math.floor(seconds));
    if (seconds > MOST_S) recorder.stop();
  }, 250);
  keep(stopped);
  recorder.start();
  return studio.drawForm();
}

/** Save a recording next to the script, and enter its name in the step or cue at `path`, even if that moves while it is being saved. */
export function saveRecording(studio, path, blob) {
  return keep(save(studio, studio.document.follow(path), blob, nameOf(studio.document.at(path))));
}

function keep(work) {
  const done = work.finally(() => saving.delete(done));
  saving.add(done);
  return done;
}

async function save(studio, place, blob, label) {
  const { document: script } = studio;
  studio.drawForm();
  studio.announce(say("recording_saving"));
  try {
    const { file } = await script.insist(() => api.recording(script.name, label, blob));
    while (script.waiting.length) await script.settled(); // they could move the step
    if (place.path === null) return studio.tell(say("recording_left", { file }));
    await studio.set([...place.path, "audio"], file);
    studio.announce(say("recording_saved", { file }));
  } catch (error) {
    studio.tell(error.message);
    studio.drawForm();
  } finally {
    script.unfollow(place);
  }
  return null;
}

/** Stop recording, and wait until every recording is saved and its name is in the script. */
export async function finishRecordings() {
  if (running?.recorder.state === "recording") running.recorder.stop();
  while (saving.size) await Promise.all(saving);
}

export const isRecording = () => running !== null || saving.size > 0;

async function base64(file) {
  const bytes = new Uint8Array(await file.arrayBuffer());
  const parts = [];
  for (let at = 0; at < bytes.length; at += 0x8000) parts.push(String.fromCharCode(...bytes.subarray(at, at + 0x8000)));
  return btoa(parts.join(""));
}

/** Accept audio files that are dropped on a step, and documents that are dropped anywhere. */
export function acceptDrops(studio) {
  const target = (event) => event.target.closest?.("[data-drop], .step[data-card]");
  const pathOf = (element) => JSON.parse(element.dataset.drop ?? element.dataset.card);
  addEventListener("dragover", (event) => {
    if (![...event.dataTransfer.types].includes("Files")) return;
    event.preventDefault(); // otherwise, the browser would open the file in place of the studio
    event.dataTransfer.dropEffect = "copy";
  });
  addEventListener("drop", async (event) => {
    const [file] = event.dataTransfer.files;
    if (!file) return;
    event.preventDefault();
    const element = target(event);
    if (!/^(audio|video)\//.test(file.type)) return studio.dialogs.paste("", null, { name: file.name, document: await base64(file) });
    const path = element ? pathOf(element) : studio.open;
    const takesSound = path.includes("cues") || (isStep(path) && !studio.document.at(path)?.breathe);
    if (takesSound) saveRecording(studio, path, file);
    else studio.tell(say("drop_on_step"));
  });
}
