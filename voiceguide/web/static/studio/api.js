// Requests to the computer that serves the studio.

import { say } from "./words.js";

const SPEAKING = 202;
const OTHER_FOLDER = 412;
export const OTHER_ADDRESS = 404; // the secret part of the address is that of another start
let folder = ""; // the ID of the folder that the studio served when the page was opened

/** The error for a failed request. `data` is the JSON body of the response. */
export class RequestError extends Error {
  constructor(message, status = 0, data = {}) {
    super(message);
    Object.assign(this, { status, data });
  }
}

/** `away` is the text to show if the computer does not respond. */
async function request(path, options = {}, away = "no_connection") {
  let answer;
  try {
    answer = await fetch(`api/${path}`, { ...options, headers: { ...options.headers, "x-folder": folder } });
  } catch {
    throw new RequestError(say(away));
  }
  if (answer.ok) return answer;
  if (answer.status === OTHER_FOLDER) throw new RequestError(say("other_folder")); // so it is repeated until the studio serves this folder again
  const data = await answer.json().catch(() => ({}));
  throw new RequestError(data.error ?? say(away), answer.status, data);
}

const post = (path, body) => request(path, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) });
const query = (values) => new URLSearchParams(values).toString();

export const api = {
  files: async () => {
    const choices = await (await request("files")).json();
    folder = choices.folder.id;
    return choices;
  },
  file: async (name, from = "") => (await request(`file?${query({ name, from, language: document.documentElement.lang })}`)).json(),
  voices: async () => (await request("voices")).json(),
  edit: async (name, text, operations) => (await post("edit", { name, text, operations })).json(),
  fit: async (name, text, total) => (await post("fit", { name, text, total })).json(),
  save: async (name, text, base) => (await post("save", { name, text, base_sha256: base })).json(),
  /** Make a script from {text}, or from {document}: the bytes of a file in base64. */
  draft: async (source, title) => (await post("draft", { ...source, title })).json(),
  play: async (name, text) => (await post("play", { name, text })).json(),
  /**
   * Return part of a step as {wav, length}: the bytes, and the length of the step in seconds. If lines were missing,
   * return {missing}, their number: one of them is spoken now, and the request is repeated.
   */
  hear: async (name, text, step, turn, start, length) => {
    const answer = await post("hear", { name, text, step, turn, start, length });
    if (answer.status === SPEAKING) return answer.json();
    return { missing: 0, wav: await answer.arrayBuffer(), length: Number(answer.headers.get("x-length")) };
  },
  /** Have one line of a step synthesized in advance. Return {missing}, the number of lines that were missing. */
  prepare: async (name, text, step) => (await post("prepare", { name, text, step, turn: 0 })).json(),
  recording: async (name, label, blob) => {
    const headers = { "content-type": "application/octet-stream" };
    return (await request(`recording?${query({ name, label })}`, { method: "POST", headers, body: blob }, "recording_waits")).json();
  },
};
