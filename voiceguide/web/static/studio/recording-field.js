// A recording in place of the voice: with the microphone, or a file that is chosen or dropped.

import { el, get } from "../dom.js";
import { clock } from "../times.js";
import { api } from "./api.js";
import { icon } from "./icons.js";
import { nameOf } from "./script-paths.js";
import { say } from "./words.js";

const MOST_S = 300;
let running = null; // the recording that is under way: {path, recorder, began}

export function recordingField(studio, node, path) {
  const mine = running && JSON.stringify(running.path) === JSON.stringify(path);
  const choose = el("input", { type: "file", accept: "audio/*", className: "hidden-text", tabIndex: -1, "aria-hidden": "true", onchange: () => choose.files[0] && saveRecording(studio, path, choose.files[0]) });
  const record = el("button", { type: "button", className: `plain record${mine ? " on" : ""}`, "data-focus": "record", onclick: () => (mine ? running.recorder.stop() : start(studio, path)) },
    icon(mine ? "stop" : "microphone"), mine ? say("stop_recording") : say(node.audio ? "record_again" : "record"));
  const remove = node.audio ? el("button", { type: "button", className: "plain", "data-focus": "remove recording", onclick: () => studio.setOrRemove([...path, "audio"], "") }, say("use_voice")) : null;
  return el("fieldset", { className: `recording${node.audio ? " has" : ""}`, "data-drop": JSON.stringify(path) }, el("legend", {}, say("recording")),
    el("div", { className: "row" }, node.audio ? el("b", { className: "file-of" }, String(node.audio)) : null, record,
      el("button", { type: "button", className: "plain", "data-focus": "choose recording", "data-field": "audio", onclick: () => choose.click() }, say("choose_file")), choose, remove,
      el("span", { className: "about", id: mine ? "recording-time" : "" }, mine ? clock(0) : node.audio ? "" : say("recording_hint"))));
}

async function start(studio, path) {
  if (!navigator.mediaDevices?.getUserMedia || !globalThis.MediaRecorder) return studio.tell(say("no_microphone_here"));
  studio.hearing.stop();
  let stream;
  try {
    stream = await navigator.mediaDevices.getUserMedia({ audio: { echoCancellation: false, autoGainControl: false } });
  } catch {
    return studio.tell(say("microphone_refused"));
  }
  const recorder = new MediaRecorder(stream);
  const parts = [];
  recorder.addEventListener("dataavailable", ({ data }) => parts.push(data));
  recorder.addEventListener("stop", () => {
    for (const track of stream.getTracks()) track.stop();
    clearInterval(running.timer);
    running = null;
    saveRecording(studio, path, new Blob(parts, { type: recorder.mimeType }));
  });
  const began = performance.now();
  running = { path, recorder, timer: setInterval(() => {
    const seconds = (performance.now() - began) / 1000;
    const shown = get("recording-time");
    if (shown) shown.textContent = clock(Math.floor(seconds));
    if (seconds > MOST_S) recorder.stop();
  }, 250) };
  recorder.start();
  studio.drawForm();
}

/** Save a recording next to the script, and name it in the step. */
export async function saveRecording(studio, path, blob) {
  try {
    const { file } = await api.recording(studio.document.name, nameOf(studio.document.at(path)), blob);
    await studio.set([...path, "audio"], file);
    studio.announce(say("recording_saved", { file }));
  } catch (error) {
    studio.tell(error.message);
    studio.drawForm();
  }
}

async function base64(file) {
  const bytes = new Uint8Array(await file.arrayBuffer());
  const parts = [];
  for (let at = 0; at < bytes.length; at += 0x8000) parts.push(String.fromCharCode(...bytes.subarray(at, at + 0x8000)));
  return btoa(parts.join(""));
}

/** Take audio files that are dropped on a step, and documents that are dropped anywhere. */
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
    if (studio.isStepPath(path)) saveRecording(studio, path, file);
    else studio.tell(say("drop_on_step"));
  });
}
