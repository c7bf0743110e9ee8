// The form of the card that is open: a step, a stage, a group, or the whole routine.

import { el, get } from "../dom.js";
import { clock, parseLength, scriptLength } from "../times.js";
import { ofRoutine } from "../words.js";
import { cueRows } from "./cue-rows.js";
import { icon } from "./icons.js";
import { recordingField } from "./recording-field.js";
import { bedOf, isGroup, isStep, nameOf, wordsOf } from "./script-tree.js";
import { timeField } from "./time-field.js";
import { nameOfSound, say } from "./words.js";

const COMMIT_MS = 500;

export class Form {
  constructor(studio) {
    this.studio = studio;
    this.place = get("fields");
    this.pending = new Map();
    studio.document.flushers.add(() => this.flush());
    get("form-back").addEventListener("click", () => studio.closeForm());
  }

  /** Draw the form of what is open. A field in use keeps its focus, and what is being typed. */
  draw() {
    const { open } = this.studio;
    const { document: script } = this.studio;
    const node = script.at(open);
    const active = globalThis.document.activeElement;
    const focused = this.place.contains(active) ? active.dataset.focus : null;
    const typed = focused && active.dataset.words ? { value: active.value, start: active.selectionStart, end: active.selectionEnd, ahead: this.pending.has(focused) || script.waiting.length > 0 } : null;
    const opened = new Set([...this.place.querySelectorAll("details[open]")].map(({ dataset }) => dataset.part));
    this.place.replaceChildren(...(!open.length ? this.routine(script.tree ?? {}) : isStep(open) ? this.step(node ?? {}, open) : isGroup(node) ? this.group(node, open) : this.stage(node ?? {}, open)));
    this.markProblems();
    for (const part of this.place.querySelectorAll("details")) part.open = opened.has(part.dataset.part);
    if (focused) this.focusAgain(focused, typed);
  }

  focusAgain(name, typed) {
    const field = this.place.querySelector(`[data-focus='${CSS.escape(name)}']`);
    if (!field) return;
    if (typed?.ahead) field.value = typed.value;
    field.focus({ preventScroll: true });
    if (typed) field.setSelectionRange(Math.min(typed.start, field.value.length), Math.min(typed.end, field.value.length));
    grow(field);
  }

  /** Focus the field for a path of the script, or the first one. */
  focusField(path) {
    const field = this.fieldOf(path) ?? this.place.querySelector("[data-field]");
    field?.closest("details")?.setAttribute("open", "");
    field?.scrollIntoView({ block: "nearest" });
    field?.focus();
  }

  /** The field for a path of the script, or for the nearest one above it, or null. */
  fieldOf(path) {
    const names = path.slice(this.studio.open.length).map(String);
    const fields = [...this.place.querySelectorAll("[data-field]")];
    for (let length = names.length; length > 0; length -= 1) {
      const field = fields.find(({ dataset }) => dataset.field === names.slice(0, length).join("."));
      if (field) return field;
    }
    return null;
  }

  /** Show each problem of the open card under its field. */
  markProblems() {
    for (const [index, problem] of this.studio.problemsAt(this.studio.open).entries()) {
      const field = this.fieldOf(problem.path);
      if (!field) continue;
      const note = el("span", { className: `at-field ${problem.severity}`, id: `at-field-${index}` }, problem.message);
      field.setAttribute("aria-describedby", note.id);
      if (problem.severity === "error") field.setAttribute("aria-invalid", "true");
      (field.closest(".field, .cue, .row") ?? field).append(note);
    }
  }

  step(node, path) {
    const { studio } = this;
    const words = wordsOf(node);
    const { seconds, speech } = studio.lengthOf(path);
    const stage = path.slice(0, -2);
    return [
      this.head(say("step"), nameOf(node) || say("new_step"), el("button", { type: "button", id: "hear", className: "plain hear", "data-focus": "hear", onclick: () => studio.hear(path) },
        icon(studio.hearing.isPlaying(path) ? "stop" : "play"), say(studio.hearing.isPlaying(path) ? "stop" : "hear_step"))),
      this.words({ label: say("words"), field: "say", value: words.full, main: true, put: (text) => studio.setWords(path, "full", text), next: () => studio.addStep([...stage, "steps", path[path.length - 1] + 1]) }),
      this.words({ label: say("words_brief"), field: "say.brief", value: words.brief, hint: say("words_brief_hint"), put: (text) => studio.setWords(path, "brief", text) }),
      this.time(node, path, seconds, speech),
      cueRows(studio, this, node, path),
      recordingField(studio, node, path),
      el("div", { className: "pair" }, this.voice([...path, "voice"], node.voice, say("voice"), say("voice_of_routine")), this.bed([...stage, "bed"], studio.document.at(stage), say("bed_of_stage"), true)),
      this.more("step", [
        this.line({ label: say("step_name"), field: "step", value: node.step, hint: nameOf({ say: node.say }), put: (text) => studio.setOrRemove([...path, "step"], text) }),
        this.line({ label: say("repeat"), field: "repeat", value: node.repeat, hint: "1", numeric: true, put: (text) => studio.setOrRemove([...path, "repeat"], text) }),
        this.limit(node, path, "min", say("at_least")), this.limit(node, path, "max", say("at_most")),
        this.flag([...path, "fixed"], node.fixed, say("fixed"), "fixed"),
        this.line({ label: say("pace"), field: "pace", value: node.pace, hint: "1.0", numeric: true, put: (text) => studio.setOrRemove([...path, "pace"], text) }),
      ]),
    ];
  }

  stage(node, path) {
    const { studio } = this;
    return [
      this.head(say("stage"), String(node.stage ?? "")),
      this.line({ label: say("stage_title"), field: "stage", value: node.stage, put: (text) => text && studio.set([...path, "stage"], text) }),
      el("div", { className: "pair" }, this.bed([...path, "bed"], node, say("bed"), true),
        this.choice({ label: say("chime_after"), field: "chime", value: node.chime ?? "", options: [["", say("as_routine")], ...studio.choices.chimes.map((name) => [name, nameOfSound(name)])], put: (value) => studio.setOrRemove([...path, "chime"], value) })),
      el("div", { className: "pair" }, this.voice([...path, "voice"], node.voice, say("voice"), say("voice_of_routine")),
        path.length === 2 ? el("div", { className: "field" }, el("span", {}, say("both_sides_hint")),
          el("button", { type: "button", className: "plain", id: "both-sides", "data-focus": "both sides", onclick: () => studio.repeatForSides(path) }, say("both_sides"))) : null),
      this.more("stage", [
        this.line({ label: say("tags"), field: "tags", value: Array.isArray(node.tags) ? node.tags.join(", ") : node.tags, hint: say("tags_hint"), put: (text) => studio.setList([...path, "tags"], text.split(",")) }),
        this.line({ label: say("repeat"), field: "repeat", value: node.repeat, hint: "1", numeric: true, put: (text) => studio.setOrRemove([...path, "repeat"], text) }),
        this.line({ label: say("pace"), field: "pace", value: node.pace, hint: "1.0", numeric: true, put: (text) => studio.setOrRemove([...path, "pace"], text) }),
      ]),
    ];
  }

  group(node, path) {
    const { studio } = this;
    const [name, values] = Object.entries(node.each ?? {})[0] ?? ["", []];
    const between = typeof node.switch === "string" ? { say: node.switch } : node.switch ?? {};
    return [
      this.head(say("group"), name ? say("group_for", { name, values: values.join(", ") }) : say("group_times", { n: node.repeat ?? 1 })),
      name ? this.line({ label: say("group_values", { name }), field: "each", value: values.join(", "), put: (text) => studio.setList([...path, "each", name], text.split(",")) }) : null,
      this.words({ label: say("switch_words"), field: "switch", value: wordsOf(between).full, put: (text) => studio.setWords([...path, "switch"], "full", text) }),
      node.switch ? el("div", { className: "row" }, timeField({ label: say("switch_time"), focus: "switch time", seconds: between.for ? parseLength(String(between.for)) / 1000 : null, hint: say("as_words"), min: 1,
        put: (ms) => studio.set([...path, "switch", "for"], scriptLength(ms)) }), el("span", {}, say("switch_time"))) : null,
    ];
  }

  routine(tree) {
    const { studio } = this;
    const languages = studio.choices.languages.map((code) => (code === "en" ? "en-US" : code));
    const own = String(tree.language ?? "en-US");
    const names = new Intl.DisplayNames([document.documentElement.lang], { type: "language" });
    const nameOfLanguage = (tag) => { try { return names.of(tag); } catch { return tag; } };
    const bed = bedOf(tree);
    return [
      this.head(say("routine"), String(tree.title ?? "")),
      this.line({ label: say("title"), field: "title", value: tree.title, put: (text) => text && studio.set(["title"], text) }),
      this.words({ label: say("description"), field: "description", value: tree.description ?? "", put: (text) => studio.setOrRemove(["description"], text) }),
      el("div", { className: "pair" },
        this.choice({ label: say("language"), field: "language", value: own, options: [...new Set([own, ...languages])].map((tag) => [tag, nameOfLanguage(tag)]), put: (value) => studio.set(["language"], value) }),
        this.voice(["voice"], tree.voice, say("voice"), say("voice_default"))),
      el("div", { className: "pair" }, this.bed(["bed"], tree, say("bed"), false),
        this.choice({ label: say("chime"), field: "chime", value: tree.chime ?? "bell", options: studio.choices.chimes.map((name) => [name, nameOfSound(name)]), put: (value) => studio.set(["chime"], value) })),
      this.words({ label: say("needs"), field: "needs", value: listText(tree.needs), hint: say("one_a_line"), put: (text) => studio.setList(["needs"], text.split("\n")) }),
      this.words({ label: say("safety"), field: "safety", value: listText(tree.safety), hint: say("one_a_line"), put: (text) => studio.setList(["safety"], text.split("\n")) }),
      this.more("routine", [
        this.line({ label: say("author"), field: "author", value: tree.author, put: (text) => studio.setOrRemove(["author"], text) }),
        this.line({ label: say("pace"), field: "pace", value: tree.pace, hint: "1.0", numeric: true, put: (text) => studio.setOrRemove(["pace"], text) }),
        this.line({ label: say("bed_level"), field: "bed.level", value: bed.level, hint: "-20", numeric: true, put: (text) => studio.setBed(["bed"], { ...bed, level: text || undefined }) }),
      ]),
    ];
  }

  head(kind, title, ...tools) {
    return el("div", { className: "form-head" }, el("div", {}, el("p", { className: "kind" }, kind), ofRoutine(el("h2", { id: "form-title", tabIndex: -1 }, title), this.studio.language)), ...tools);
  }

  more(part, fields) {
    return el("details", { "data-part": part }, el("summary", {}, say("more")), el("div", { className: "grid" }, ...fields));
  }

  /** A field for spoken text. It is saved a moment after the last key. */
  words({ label, field, value, put, hint = "", main = false, next }) {
    const area = ofRoutine(el("textarea", { className: main ? "main-words" : "", value, rows: main ? 2 : 1, placeholder: hint, spellcheck: true }), this.studio.language);
    Object.assign(area.dataset, { field, focus: `field ${field}`, words: "1" });
    this.commits(area, put);
    area.addEventListener("input", () => grow(area));
    if (next) area.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
      event.preventDefault();
      next();
    });
    requestAnimationFrame(() => grow(area));
    return labelled(label, area, main ? "wide" : "");
  }

  line({ label, field, value, put, hint = "", numeric = false }) {
    const input = ofRoutine(el("input", { type: "text", value: value ?? "", placeholder: hint, autocomplete: "off", inputMode: numeric ? "decimal" : "text" }), this.studio.language);
    Object.assign(input.dataset, { field, focus: `field ${field}`, words: "1" });
    this.commits(input, put);
    return labelled(label, input);
  }

  commits(field, put) {
    const name = field.dataset.focus;
    let given = field.value;
    let timer = 0;
    const commit = () => {
      clearTimeout(timer);
      this.pending.delete(name);
      if (field.value === given) return;
      given = field.value;
      put(field.value.trim());
    };
    field.addEventListener("input", () => {
      clearTimeout(timer);
      this.studio.showSaved(false);
      this.pending.set(name, commit);
      timer = setTimeout(commit, COMMIT_MS);
    });
    field.addEventListener("blur", commit);
    if (field.tagName === "INPUT") field.addEventListener("keydown", (event) => event.key === "Enter" && commit());
  }

  flush() {
    for (const commit of [...this.pending.values()]) commit();
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
    const bed = bedOf(owner);
    const routine = bedOf(studio.document.tree).sound ?? "none";
    const options = studio.choices.beds.map((name) => [name, nameOfSound(name)]);
    if (inherits) options.unshift(["", say("as_routine_bed", { bed: nameOfSound(routine) })]);
    return this.choice({ label, field: "bed", value: bed.sound ?? (inherits ? "" : "none"), options, put: (sound) => studio.setBed(path, { ...bed, sound: sound || undefined }) });
  }

  flag(path, value, label, field) {
    const on = ["yes", "true", "on"].includes(String(value ?? "no").toLowerCase());
    const box = el("input", { type: "checkbox", checked: on, onchange: () => this.studio.setOrRemove(path, box.checked ? "yes" : "") });
    Object.assign(box.dataset, { field, focus: `field ${field}` });
    return el("label", { className: "check" }, box, label);
  }

  limit(node, path, key, label) {
    const field = timeField({ label, seconds: node[key] === undefined ? null : (parseLength(String(node[key])) ?? 0) / 1000, hint: "\u2013", focus: `limit ${key}`,
      put: (ms) => this.studio.set([...path, key], scriptLength(ms)) });
    field.dataset.field = key;
    return labelled(label, field);
  }

  time(node, path, seconds, speech) {
    const { studio } = this;
    const mode = node.for !== undefined ? "for" : node.pause !== undefined ? "pause" : "words";
    const field = mode === "words" ? null : timeField({ label: say(mode === "for" ? "time_for" : "time_pause"), focus: "step time", min: mode === "for" ? 1 : 0, className: "large",
      seconds: (parseLength(String(node[mode])) ?? 0) / 1000, put: (ms) => studio.set([...path, mode], scriptLength(ms), `time ${JSON.stringify(path)}`) });
    if (field) field.dataset.field = mode;
    const modes = [["for", say("time_for")], ["pause", say("time_pause")], ["words", say("time_words")]];
    const quiet = seconds === null ? null : Math.max(0, seconds - speech);
    const about = seconds === null ? "" : mode === "for" ? say("words_and_quiet", { words: clock(speech), quiet: clock(quiet) }) : say("words_and_total", { words: clock(speech), total: clock(seconds) });
    const select = el("select", { "aria-label": say("time_mode"), "data-focus": "time mode", "data-field": mode === "words" ? "gap" : "time-mode", onchange: () => studio.setTimeMode(path, select.value) },
      ...modes.map(([value, name]) => el("option", { value, selected: value === mode }, name)));
    return el("fieldset", { className: "time-box" }, el("legend", {}, say("time")), el("div", { className: "row" }, field, select, el("span", { className: "about" }, about)));
  }
}

function labelled(label, field, className = "") {
  field.setAttribute("aria-label", label); // without the messages that are shown under the field
  return el("label", { className: `field ${className}` }, el("span", {}, label), field);
}

/** Make a text area as high as its text. */
function grow(area) {
  if (area.tagName !== "TEXTAREA") return;
  area.style.height = "auto";
  area.style.height = `${area.scrollHeight + 2}px`;
}

/** The name without its engine, unless that is not clear. */
function shortVoice(name, names) {
  const short = name.split("/").slice(1).join("/");
  return names.filter((each) => each.split("/").slice(1).join("/") === short).length === 1 && !short.includes("/") ? short : name;
}

const listText = (list) => (Array.isArray(list) ? list.join("\n") : String(list ?? ""));
