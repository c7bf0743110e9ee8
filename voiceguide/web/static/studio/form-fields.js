// The fields of forms: text that is saved a moment after the last keystroke, choices, times and switches.

import { el, get } from "../dom.js";
import { parseLength, scriptLength } from "../times.js";
import { ofRoutine } from "../words.js";
import { bedOf, layerOf, layersOf, layerText, nameOfLayers, nameOfSound, soundOf } from "./sounds.js";
import { timeField } from "./time-field.js";
import { say } from "./words.js";

const COMMIT_MS = 500;

export class FormFields {
  constructor(studio) {
    this.studio = studio;
    this.pending = new Map(); // text that has been typed but not sent yet
    studio.document.flushers.add(() => this.flush());
    studio.document.refusedTexts = () => this.refusedFields.map(({ value }) => value.trim());
  }

  head(kind, title, ...tools) {
    return el("div", { className: "form-head" }, el("div", {}, el("p", { className: "kind" }, kind), ofRoutine(el("h2", { id: "form-title", tabIndex: -1 }, title), this.studio.language)), ...tools);
  }

  more(part, fields) {
    return el("details", { "data-part": part }, el("summary", {}, say("more")), el("div", { className: "grid" }, ...fields));
  }

  /** A field for spoken text. It is saved a moment after the last keystroke. */
  words({ label, field, value, put, hint = "", main = false, next, nextStage }) {
    const area = ofRoutine(el("textarea", { className: main ? "main-words" : "", value: String(value ?? "").trimEnd(), rows: main ? 2 : 1, placeholder: hint, spellcheck: true }), this.studio.language);
    Object.assign(area.dataset, { field, focus: `field ${field}`, words: "1" });
    this.commits(area, put);
    area.addEventListener("input", () => grow(area));
    if (next) area.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
      event.preventDefault();
      (event.shiftKey ? nextStage : next)();
    });
    requestAnimationFrame(() => grow(area));
    return labelled(label, area, main ? "wide" : "");
  }

  /** A field for a line of text. `next()` is called when Enter is pressed. */
  line({ label, field, value, put, hint = "", numeric = false, next = null }) {
    const input = ofRoutine(el("input", { type: "text", value: value ?? "", placeholder: hint, autocomplete: "off", inputMode: numeric ? "decimal" : "text" }), this.studio.language);
    Object.assign(input.dataset, { field, focus: `field ${field}`, words: "1" });
    this.commits(input, put);
    if (next) input.addEventListener("keydown", (event) => event.key === "Enter" && (event.preventDefault(), next()));
    return labelled(label, input);
  }

  commits(field, put) {
    const name = field.dataset.focus;
    let given = field.value;
    let timer = 0;
    field.adopt = (value) => {
      field.value = given = value;
      grow(field);
    };
    const cancel = () => {
      clearTimeout(timer);
      if (this.pending.get(name)?.commit === commit) this.pending.delete(name);
      given = field.value;
    };
    const commit = () => {
      const isSent = field.value === given;
      cancel();
      if (isSent) return void this.studio.drawBar();
      const [text, last] = [field.value.trim(), this.lastEdit];
      const done = Promise.resolve(put(text));
      const edit = this.lastEdit === last ? null : this.lastEdit;
      field.edit = edit;
      done.then((isDone) => {
        if (field.edit !== edit) return; // there is newer text
        if (isDone) this.unmark(field);
        if (isDone === false && field.refused === undefined) this.refuse(field, text);
      });
    };
    field.addEventListener("input", () => {
      clearTimeout(timer);
      if (field.refused !== undefined) given = null; // so that it is sent again, even if it is typed as it was
      this.unmark(field);
      this.studio.showSaved(false);
      this.pending.set(name, { commit, cancel });
      timer = setTimeout(commit, COMMIT_MS);
    });
    field.addEventListener("blur", commit);
    if (field.tagName === "INPUT") field.addEventListener("keydown", (event) => event.key === "Enter" && commit());
  }

  /** The edit that was made last, as long as it waits. */
  get lastEdit() {
    return this.studio.document.waiting.at(-1) ?? null;
  }

  /** Keep the text of an edit that was refused in its field, before that is drawn again. */
  keepRefused(edit) {
    for (const field of this.place.querySelectorAll("[data-words]")) if (field.edit === edit) this.refuse(field, field.value);
  }

  /** Keep text that was refused: in its field or, if that is gone, in a dialog. */
  refuse(field, text) {
    if (!this.place.contains(field)) return this.studio.keepUnused(text);
    field.refused = text;
    field.setAttribute("aria-invalid", "true");
    this.studio.document.keepDraft();
    return this.studio.drawBar();
  }

  unmark(field) {
    if (field.refused === undefined) return;
    delete field.refused;
    field.removeAttribute("aria-invalid");
  }

  get refusedFields() {
    return [...this.place.querySelectorAll("[data-words]")].filter(({ refused }) => refused !== undefined);
  }

  get isRefused() {
    return this.refusedFields.length > 0;
  }

  /** Ask before text is dropped that is only in its field. */
  mayLeave() {
    if (this.isRefused && !confirm(say("drop_text"))) return false;
    for (const field of this.refusedFields) this.unmark(field);
    return true;
  }

  flush() {
    for (const { commit } of [...this.pending.values()]) commit();
  }

  choice({ label, field, value, options, put }) {
    const known = options.some(([option]) => option === value);
    const select = el("select", {}, ...(known ? options : [...options, [value, value]]).map(([option, name]) => el("option", { value: option, selected: option === value }, name)));
    Object.assign(select.dataset, { field, focus: `field ${field}` });
    select.addEventListener("change", () => put(select.value));
    return labelled(label, select);
  }

  voice(path, value, label, none) {
    const { studio } = this;
    const language = String(studio.language).split("-")[0];
    const names = studio.voices.filter((voice) => voice.language.split("-")[0] === language).map(({ name }) => name);
    const short = value === undefined ? "" : names.find((name) => name === value || name.split("/").slice(1).join("/") === value) ?? String(value);
    return this.choice({ label, field: "voice", value: short, options: [["", none], ...names.map((name) => [name, name.split("/").slice(1).join("/")])], put: (name) => studio.setOrRemove(path, name && shortVoice(name, names)) });
  }

  bed(path, owner, label, inherits) {
    const { studio } = this;
    const routine = nameOfLayers(layersOf(studio.document.tree?.bed)) || nameOfSound("none");
    const options = studio.choices.beds.map((name) => [name, nameOfSound(name)]);
    if (inherits) options.unshift(["", say("as_routine_bed", { bed: routine })]);
    const [first = { sound: inherits ? "" : "none" }] = layersOf(owner?.bed);
    const others = () => layersOf(studio.document.expected(path)).slice(1);
    const mixed = (sound) => (sound && sound !== "none" ? bedOf([layerOf(sound), ...others()]) : sound || undefined);
    return this.choice({ label, field: "bed", value: layerText(first), options: withLayers(options, [first]), put: (sound) => studio.setSound(path, { sound: mixed(sound) }) });
  }

  /** What is mixed with the first sound of a bed. Nothing is shown if there is no bed to mix with. */
  mixedWith(path, owner) {
    const { studio } = this;
    const [first, ...others] = layersOf(owner?.bed);
    if (!first?.sound || first.sound === "none") return null;
    const options = [["", nameOfSound("none")], ...studio.choices.beds.filter((name) => name !== "none").map((name) => [name, nameOfSound(name)])];
    const mixed = (sounds) => bedOf([layersOf(studio.document.expected(path))[0], ...(sounds ? sounds.split("+").map(layerOf) : [])]);
    return this.choice({ label: say("mixed_with"), field: "bed.sound", value: textOf(others), options: withLayers(options, others), put: (sounds) => studio.setSound(path, { sound: mixed(sounds) }) });
  }

  chime(path, value, label, inherits) {
    const { studio } = this;
    const chime = soundOf(value);
    const options = studio.choices.chimes.map((name) => [name, nameOfSound(name)]);
    if (inherits) options.unshift(["", say("as_routine")]);
    return this.choice({ label, field: "chime", value: chime.sound ?? (inherits ? "" : "bell"), options, put: (sound) => studio.setSound(path, { sound: sound || undefined }) });
  }

  /** The level of a bed or a chime. `usual` is its sound if the script does not name one. */
  level(path, value, label, hint, usual) {
    return this.line({ label, field: `${path[path.length - 1]}.level`, value: value.level, hint, numeric: true, put: (text) => this.studio.setSound(path, { level: text || undefined }, usual) });
  }

  flag(path, value, label, field) {
    const on = ["yes", "true", "on"].includes(String(value ?? "no").toLowerCase());
    const box = el("input", { type: "checkbox", checked: on, onchange: () => this.studio.setOrRemove(path, box.checked ? "yes" : "") });
    Object.assign(box.dataset, { field, focus: `field ${field}` });
    return el("label", { className: "check" }, box, label);
  }

  limit(node, path, key, label) {
    const field = timeField({ label, seconds: node[key] === undefined ? null : (parseLength(String(node[key])) ?? 0) / 1000, hint: "\u2013", focus: `limit ${key}`, field: key,
      put: (ms) => this.studio.set([...path, key], scriptLength(ms)) });
    return labelled(label, field);
  }
}

/** Mark a button as disabled. It keeps the focus, which a disabled button would lose. */
export function setDisabled(id, disabled) {
  get(id).setAttribute("aria-disabled", String(disabled));
}

/** A field with its label above it. */
export function labelled(label, field, className = "") {
  field.setAttribute("aria-label", label); // without the messages that are shown under the field
  return el("label", { className: `field ${className}` }, el("span", {}, label), field);
}

/** Make a text area as tall as its text. */
export function grow(area) {
  if (area.tagName !== "TEXTAREA") return;
  area.style.height = "auto";
  area.style.height = `${area.scrollHeight + 2}px`;
}

const textOf = (layers) => layers.map(layerText).join("+");

/** The options and the current sounds, if they are not one of them. */
const withLayers = (options, layers) => (options.some(([option]) => option === textOf(layers)) ? options : [...options, [textOf(layers), nameOfLayers(layers)]]);

/** The name without its engine, unless that would be ambiguous. */
function shortVoice(name, names) {
  const short = name.split("/").slice(1).join("/");
  return names.filter((each) => each.split("/").slice(1).join("/") === short).length === 1 && !short.includes("/") ? short : name;
}

