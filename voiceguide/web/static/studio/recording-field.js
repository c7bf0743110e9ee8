// A recording that replaces the voice of a step or cue: it is made with the microphone, or a file is chosen or dropped.

import { el, get } from "../dom.js";
import { clock } from "../times.js";
import { api } from "./api.js";
import { icon } from "./icons.js";
import { isStep, nameOf, same, wordsOf } from "./script-paths.js";
import { nameOfStep, say } from "./words.js";

const MOST_S = 300;
const MISTAKE_MS = 500; // a recording as short as this is not kept if it is refused
const AWAY = [0, 503]; // no response, or busy: a recording is uploaded again until it is saved or refused
let running = null; // the recording in progress: {place, name, recorder}
let isAsking = false; // whether the browser is asking for the microphone
let chooser = null; // the field of the last file that was chosen: a browser can forget a field that nothing refers to
const saving = new Set(); // what is being saved
let uploaded = Promise.resolve(); // the last upload: only one runs at a time, so that a step keeps its last take

/** The recording field of a step or cue. `index` tells cues apart. */
export function recordingField(studio, node, path, index = null) {
  const mine = running && same(running.place.path, path);
  const id = (name) => (index === null ? name : `cue ${index} ${name}`);
  const record = el("button", { type: "button", className: `plain record${running ? " on" : ""}`, "data-focus": id("record"), onclick: () => (running ? running.recorder.stop() : start(studio, path)) },
    icon(running ? "stop" : "microphone"), mine ? say("stop_recording") : running ? say("stop_recording_of", { name: running.name }) : say(node.audio ? "record_again" : "record"));
  const remove = node.audio && !isOnlySound(node) ? el("button", { type: "button", className: "plain", "data-focus": id("remove recording"), onclick: () => useVoice(studio, path, id("record")) }, say("use_voice")) : null;
  return el("fieldset", { className: `recording${node.audio ? " has" : ""}`, "data-drop": JSON.stringify(path), "aria-describedby": node.audio ? id("recording-file").replaceAll(" ", "-") : null }, el("legend", {}, index === null ? say("recording") : say("recording_of_cue", { n: index + 1 })),
    el("div", { className: "row" }, node.audio ? el("b", { className: "file-of", id: id("recording-file").replaceAll(" ", "-") }, String(node.audio)) : null, record,
      el("button", { type: "button", className: "plain", "data-focus": id("choose recording"), "data-field": index === null ? "audio" : `cues.${index}.audio`, onclick: () => choose(studio, path) }, say("choose_file")), remove,
      el("span", { className: mine ? "about" : "about hint", id: mine ? "recording-time" : "" }, mine ? clock(0) : node.audio ? "" : say("recording_hint"))));
}

/** Whether a node contains nothing but its recording. */
const isOnlySound = (node) => !wordsOf(node).full && node.for === undefined && node.pause === undefined;

async function useVoice(studio, path, focus) {
  const done = await studio.edit([{ op: "remove", path: [...path, "audio"] }], { focus });
  if (done) studio.announce(say("voice_used"));
}

/** Let the user choose a file for the step or cue at `path`, even if that moves before a file is chosen. */
function choose(studio, path) {
  const place = studio.document.follow(path);
  chooser = el("input", { type: "file", accept: "audio/*", oncancel: () => studio.document.unfollow(place), onchange: ({ target }) => saveRecording(studio, place, target.files[0]) });
  chooser.click();
}

async function start(studio, path) {
  if (!navigator.mediaDevices?.getUserMedia || !globalThis.MediaRecorder) return studio.tell(say("no_microphone_here"));
  if (running || isAsking) return null;
  if (studio.isOpening) return studio.tell(say("opening_another"));
  isAsking = true;
  studio.hearing.stop();
  const place = studio.document.follow(path);
  const refused = (sentence) => {
    for (const track of stream?.getTracks() ?? []) track.stop();
    studio.document.unfollow(place);
    return studio.tell(sentence);
  };
  let stream, recorder;
  try {
    stream = await navigator.mediaDevices.getUserMedia({ audio: { echoCancellation: false, autoGainControl: false } });
    if (studio.isOpening) return refused(say("opening_another")); // since the browser asked
    if (place.path === null) return refused("");
    recorder = new MediaRecorder(stream);
    recorder.start();
  } catch {
    return refused(say("microphone_refused"));
  } finally {
    isAsking = false;
  }
  const parts = [];
  recorder.addEventListener("dataavailable", ({ data }) => parts.push(data));
  const stopped = new Promise((resolve) => recorder.addEventListener("stop", resolve, { once: true })).then(() => {
    for (const track of stream.getTracks()) track.stop();
    clearInterval(timer);
    running = null;
    return save(studio, place, new Blob(parts, { type: recorder.mimeType }), name, performance.now() - began > MISTAKE_MS);
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
  return studio.drawForm();
}

/** Save a file next to the script, and enter its name in a followed step or cue. */
function saveRecording(studio, place, blob) {
  if (!studio.isOpening) return keep(save(studio, place, blob, nameOf(place.path && studio.document.at(place.path))));
  studio.document.unfollow(place);
  return studio.tell(say("opening_another"));
}

function keep(work) {
  const done = work.finally(() => saving.delete(done));
  saving.add(done);
  return done;
}

async function save(studio, place, blob, label, isOnlyCopy = false) {
  const { document: script } = studio;
  studio.drawForm();
  studio.announce(say("recording_saving"));
  const upload = uploaded.then(() => uploadedFile(studio, blob, label, isOnlyCopy));
  uploaded = upload.catch(() => null);
  try {
    const file = await upload;
    if (file === null) return;
    await studio.dialogs.closed(); // one may show the text of the script, and replace it
    const isEntered = await script.editFollowed(place, (path, node) => (typeof node === "string" ? [{ op: "set", path, value: { say: node, audio: file } }] : [{ op: "set", path: [...path, "audio"], value: file }]));
    if (isEntered) studio.announce(say("recording_saved", { file }));
    else studio.tell(say(place.path === null ? "recording_left" : "recording_not_entered", { file }));
  } catch (error) {
    studio.tell(error.message);
  } finally {
    script.unfollow(place);
  }
}

/** Upload a recording, and return the name of its file. If it is the only copy and is refused, the user decides: null if it is deleted. */
async function uploadedFile(studio, blob, label, isOnlyCopy) {
  const { document: script } = studio;
  for (;;) {
    try {
      return (await script.insist(() => api.recording(script.name, label, blob), AWAY)).file;
    } catch (error) {
      if (!isOnlyCopy) throw error;
      if (!(await studio.dialogs.unsavedRecording(blob, label, error.message))) return null;
    }
  }
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
    if (!studio.document.tree) return null; // no script is open
    const element = target(event);
    if (!/^(audio|video)\//.test(file.type)) return studio.dialogs.paste("", null, { name: file.name, document: await base64(file) });
    const path = element ? pathOf(element) : studio.open;
    const takesSound = path.includes("cues") || (isStep(path) && !studio.document.at(path)?.breathe);
    if (takesSound) saveRecording(studio, studio.document.follow(path), file);
    else studio.tell(say("drop_on_step"));
  });
}
