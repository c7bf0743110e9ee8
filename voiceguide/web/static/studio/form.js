// The form of the card that is open: a step, a stage, a group, or the whole routine.

import { el, get } from "../dom.js";
import { clock, parseLength, scriptLength } from "../times.js";
import { cueRows } from "./cue-rows.js";
import { FormFields } from "./form-fields.js";
import { icon } from "./icons.js";
import { patch } from "./patch.js";
import { fieldPath, translated } from "./problem-words.js";
import { recordingField } from "./recording-field.js";
import { at, isGroup, isStep, valuesOf, wordsOf } from "./script-paths.js";
import { soundOf } from "./sounds.js";
import { timeField, typeOn, typingOf } from "./time-field.js";
import { canUngroup } from "./ungroup.js";
import { nameOfGroup, nameOfStep, say } from "./words.js";

export class Form extends FormFields {
  constructor(studio) {
    super(studio);
    this.place = get("fields");
    get("form-back").addEventListener("click", () => studio.closeForm());
  }

  /** Draw the form of the open card. A field in use keeps its focus and the text being typed. */
  draw() {
    const { open } = this.studio;
    const { document: script } = this.studio;
    const node = script.shown(open);
    const active = this.place.contains(document.activeElement) ? document.activeElement : null;
    const typing = active && typingOf(active);
    const cue = active?.closest("[data-cue]")?.dataset.cue;
    const focused = active?.dataset.focus;
    const id = at(script.identities, open)?.id;
    const isOther = id !== this.shownId;
    this.shownId = id;
    const place = JSON.stringify([script.opened, open, id]);
    const opened = new Set([...this.place.querySelectorAll("details[open]")].map(({ dataset }) => dataset.part));
    const next = el("div", {}, ...(!open.length ? this.routine(node ?? {}) : isStep(open) ? this.step(node ?? {}, open) : isGroup(node) ? this.group(node, open) : this.stage(node ?? {}, open)));
    this.markProblems(next);
    for (const part of next.querySelectorAll("details")) part.open = opened.has(part.dataset.part) || Boolean(part.querySelector(".at-field.error"));
    const refused = this.refusedFields.map((field) => ({ field, text: field.value.trim() }));
    if (this.place.dataset.open !== place) patch(this.place, []); // the fields of another card
    this.place.dataset.open = place;
    patch(this.place, [...next.childNodes], (field, shown) => this.keeps(field, shown));
    for (const field of this.refusedFields) field.setAttribute("aria-invalid", "true");
    const field = focused && !isOther && !this.place.contains(document.activeElement) ? this.sameField(focused, cue) : null;
    if (field) typeOn(field, typing);
    this.studio.keepUnused(refused.filter(({ field: each }) => !this.place.contains(each)).map(({ text }) => text).join("\n\n"));
  }

  /** The field with a name, or the field of a cue, which can have another number by now. */
  sameField(name, cue) {
    const cues = [...this.place.querySelectorAll("[data-cue]")];
    const number = cues.findIndex(({ dataset }) => dataset.cue === cue);
    return cue && number < 0 ? null : this.place.querySelector(`[data-focus='${CSS.escape(cue ? name.replace(/\d+/, number) : name)}']`);
  }

  /** Whether a field keeps the text being typed. A trailing space is part of this text, but not of the script. */
  keeps(field, { value }) {
    if (field.refused !== undefined && field.value.trim() !== value) return true;
    this.unmark(field);
    if (this.pending.has(field.dataset.focus)) return true;
    if (field !== document.activeElement) return false;
    return field.dataset.words ? this.studio.document.waiting.length > 0 || field.value.trim() === value : Boolean(field.isTyping?.());
  }

  /** Focus the field for a path in the script, or the first field. */
  focusField(path) {
    const field = this.fieldOf(path) ?? this.place.querySelector("[data-field]");
    field?.closest("details")?.setAttribute("open", "");
    field?.scrollIntoView({ block: "nearest" });
    field?.focus();
  }

  /** The field for a path in the script or for its nearest ancestor, or null. A field can be that of several keys, and a group of fields starts with its first. */
  fieldOf(path, place = this.place) {
    const names = path.slice(this.studio.open.length).map(String);
    const fields = [...place.querySelectorAll("[data-field]")].map((field) => ({ field, keys: field.dataset.field.split(" ") }));
    for (let length = names.length; length > 0; length -= 1) {
      const name = names.slice(0, length).join(".");
      const found = fields.find(({ keys }) => keys.includes(name)) ?? fields.find(({ keys }) => keys.some((key) => key.startsWith(`${name}.`)));
      if (found) return found.field;
    }
    return null;
  }

  /** Show each problem of the open card under its field or, if it has none, under the title. */
  markProblems(place) {
    for (const [index, problem] of this.studio.problemsAt(this.studio.open).entries()) {
      const field = this.fieldOf(fieldPath(problem), place);
      const note = el("span", { className: `at-field ${problem.severity}`, id: `at-field-${index}` }, translated(problem.message));
      field?.setAttribute("aria-describedby", [field.getAttribute("aria-describedby"), note.id].filter(Boolean).join(" "));
      if (field && problem.severity === "error") field.setAttribute("aria-invalid", "true");
      if (field) (field.closest(".field, .cue, .row") ?? field).append(note);
      else place.querySelector(".form-head").after(note);
    }
  }

  step(node, path) {
    const { studio } = this;
    const words = wordsOf(node);
    const { seconds, speech } = studio.lengthOf(path);
    const stage = path.slice(0, -2);
    const breathes = node.breathe !== undefined;
    return [
      this.head(say("step"), nameOfStep(node), el("button", { type: "button", id: "hear", className: `plain hear${studio.hearing.isPlaying(path) && studio.hearing.isWaiting ? " waiting" : ""}`, "data-focus": "hear", onclick: () => studio.hear(path) },
        icon(studio.hearing.isPlaying(path) ? "stop" : "play"), say(studio.hearing.isPlaying(path) ? "stop" : "hear_step"))),
      ...(breathes ? [this.breaths(node.breathe, [...path, "breathe"])] : []),
      ...(breathes && node.say === undefined ? [] : [this.words({ label: say("words"), field: "say", value: words.full, main: true, put: (text) => studio.setWords(path, "full", text), next: () => studio.addStep([...stage, "steps", path[path.length - 1] + 1]), nextStage: () => studio.addStage(stage) }),
      this.words({ label: say("words_brief"), field: "say.brief", value: words.brief, hint: say("words_brief_hint"), put: (text) => studio.setWords(path, "brief", text) })]),
      this.time(node, path, seconds, speech),
      cueRows(studio, this, node, path),
      ...(breathes && node.audio === undefined ? [] : [recordingField(studio, node, path)]),
      el("div", { className: "pair" }, this.voice([...path, "voice"], node.voice, say("voice"), say("voice_of_routine")), this.bed([...stage, "bed"], studio.document.at(stage), say("bed_of_stage"), true)),
      this.more("step", [
        this.line({ label: say("step_name"), field: "step", value: node.step, hint: nameOfStep({ ...node, step: undefined }), put: (text) => studio.setOrRemove([...path, "step"], text) }),
        this.line({ label: say("repeat"), field: "repeat", value: node.repeat, hint: "1", numeric: true, put: (text) => studio.setOrRemove([...path, "repeat"], text) }),
        this.limit(node, path, "min", say("at_least")), this.limit(node, path, "max", say("at_most")),
        this.flag([...path, "fixed"], node.fixed, say("fixed"), "fixed"),
        this.line({ label: say("pace"), field: "pace", value: node.pace, hint: "1.0", numeric: true, put: (text) => studio.setOrRemove([...path, "pace"], text) }),
      ]),
    ];
  }

  /** The parts of a breath, each as written in the script, and how the listener is guided. */
  breaths(breathe, path) {
    const { studio } = this;
    const isMap = (node) => node !== null && typeof node === "object" && !Array.isArray(node);
    const put = (key, value) => (isMap(studio.document.expected(path)) ? studio.setOrRemove([...path, key], value) : studio.set(path, { [key]: value }));
    const part = (key) => this.line({ label: say(`breath_${key}`), field: `breathe.${key}`, value: isMap(breathe) ? breathe[key] : "", put: (text) => put(key, text) });
    const guides = ["count", "words", "tones", "breaths"].map((name) => [name, say(`guide_${name}`)]);
    return el("fieldset", { className: "time-box" }, el("legend", {}, say("breath")),
      el("div", { className: "pair" }, part("in"), part("hold")), el("div", { className: "pair" }, part("out"), part("rest")),
      this.choice({ label: say("breath_guide"), field: "breathe.guide", value: String(breathe?.guide ?? "count"), options: guides, put: (value) => put("guide", value) }));
  }

  stage(node, path) {
    const { studio } = this;
    return [
      this.head(say("stage"), String(node.stage ?? "")),
      this.line({ label: say("stage_title"), field: "stage", value: node.stage, put: (text) => text && studio.set([...path, "stage"], text), next: () => studio.writeStep([...path, "steps", 0]) }),
      el("div", { className: "pair" }, this.bed([...path, "bed"], node, say("bed"), true),
        this.chime([...path, "chime"], node.chime, say("chime_after"), true)),
      el("div", { className: "pair" }, this.voice([...path, "voice"], node.voice, say("voice"), say("voice_of_routine")),
        path.length === 2 ? el("div", { className: "field" }, el("span", {}, say("both_sides_hint")),
          el("button", { type: "button", className: "plain", id: "both-sides", "data-focus": "both sides", onclick: () => studio.repeatForSides(path) }, say("both_sides"))) : null),
      this.more("stage", [
        node.chime ? this.level([...path, "chime"], soundOf(node.chime), say("chime_level"), String(soundOf(studio.document.tree.chime).level ?? "-8")) : null,
        this.mixedWith([...path, "bed"], node),
        this.line({ label: say("tags"), field: "tags", value: Array.isArray(node.tags) ? node.tags.join(", ") : node.tags, hint: say("tags_hint"), put: (text) => studio.setList([...path, "tags"], text.split(",")) }),
        this.line({ label: say("repeat"), field: "repeat", value: node.repeat, hint: "1", numeric: true, put: (text) => studio.setOrRemove([...path, "repeat"], text) }),
        this.line({ label: say("pace"), field: "pace", value: node.pace, hint: "1.0", numeric: true, put: (text) => studio.setOrRemove([...path, "pace"], text) }),
      ]),
    ];
  }

  group(node, path) {
    const { studio } = this;
    const [name, values] = valuesOf(node.each);
    const between = typeof node.switch === "string" ? { say: node.switch } : node.switch ?? {};
    const button = () => el("button", { type: "button", className: "plain", id: "ungroup", "data-focus": "ungroup", onclick: () => studio.ungroup(path) }, name ? say("separate", { values: values.join(", ") }) : say("ungroup"));
    const hint = canUngroup(node) ? "separate_hint" : "not_separate";
    return [
      this.head(say("group"), nameOfGroup(node)),
      el("div", {}, canUngroup(node) ? button() : null, name && values.length ? el("p", { className: "about" }, say(hint)) : null),
      name ? this.line({ label: say("group_values", { name }), field: "each", value: values.join(", "), put: (text) => studio.setList([...path, "each", valuesOf(studio.document.at(path).each)[0]], text.split(",")) }) : null,
      this.words({ label: say("switch_words"), field: "switch", value: wordsOf(between).full, put: (text) => studio.setWords([...path, "switch"], "full", text) }),
      node.switch ? el("div", { className: "row" }, timeField({ label: say("switch_time"), focus: "switch time", field: "switch.for", seconds: between.for ? parseLength(String(between.for)) / 1000 : null, hint: say("as_words"), min: 1,
        put: (ms) => this.setSwitchTime([...path, "switch"], scriptLength(ms)) }), el("span", {}, say("switch_time"))) : null,
    ];
  }

  routine(tree) {
    const { studio } = this;
    const languages = studio.choices.languages.map((code) => (code === "en" ? "en-US" : code));
    const own = String(tree.language ?? "en-US");
    const names = new Intl.DisplayNames([document.documentElement.lang], { type: "language" });
    const nameOfLanguage = (tag) => { try { return names.of(tag); } catch { return tag; } };
    return [
      this.head(say("routine"), String(tree.title ?? "")),
      this.line({ label: say("title"), field: "title", value: tree.title, put: (text) => text && studio.set(["title"], text) }),
      this.words({ label: say("description"), field: "description", value: tree.description ?? "", put: (text) => studio.setOrRemove(["description"], text) }),
      el("div", { className: "pair" },
        this.choice({ label: say("language"), field: "language", value: own, options: [...new Set([own, ...languages])].map((tag) => [tag, nameOfLanguage(tag)]), put: (value) => studio.set(["language"], value) }),
        this.voice(["voice"], tree.voice, say("voice"), say("voice_default"))),
      el("div", { className: "pair" }, this.bed(["bed"], tree, say("bed"), false),
        this.chime(["chime"], tree.chime, say("chime"), false)),
      this.words({ label: say("needs"), field: "needs", value: listText(tree.needs), hint: say("one_a_line"), put: (text) => studio.setList(["needs"], text.split("\n")) }),
      this.words({ label: say("safety"), field: "safety", value: listText(tree.safety), hint: say("one_a_line"), put: (text) => studio.setList(["safety"], text.split("\n")) }),
      this.more("routine", [
        this.line({ label: say("author"), field: "author", value: tree.author, put: (text) => studio.setOrRemove(["author"], text) }),
        this.choice({ label: say("room"), field: "room", value: String(tree.room ?? "none"), options: ["none", "small", "large"].map((name) => [name, say(`room_${name}`)]), put: (name) => studio.setOrRemove(["room"], name === "none" ? "" : name) }),
        this.line({ label: say("pace"), field: "pace", value: tree.pace, hint: "1.0", numeric: true, put: (text) => studio.setOrRemove(["pace"], text) }),
        this.mixedWith(["bed"], tree),
        this.level(["bed"], soundOf(tree.bed), say("bed_level"), "-20"), this.level(["chime"], soundOf(tree.chime ?? "bell"), say("chime_level"), "-8", "bell"),
      ]),
    ];
  }

  setSwitchTime(path, value) {
    const words = this.studio.document.expected(path);
    return typeof words === "string" ? this.studio.set(path, { say: words, for: value }) : this.studio.set([...path, "for"], value);
  }

  time(node, path, seconds, speech) {
    const { studio } = this;
    const mode = node.for !== undefined ? "for" : node.pause !== undefined ? "pause" : "words";
    const field = mode === "words" ? null : timeField({ field: mode, label: `${say("time")} ${say(mode === "for" ? "time_for" : "time_pause")}`, focus: "step time", min: mode === "for" ? 1 : 0, className: "large",
      seconds: (parseLength(String(node[mode])) ?? 0) / 1000, put: (ms) => studio.set([...path, mode], scriptLength(ms), `time ${JSON.stringify(path)}`) });
    const breathes = node.breathe !== undefined;
    const modes = [["for", say("time_for")], ...(breathes && mode !== "pause" ? [] : [["pause", say("time_pause")]]), ["words", say(breathes ? "one_breath" : "time_words")]];
    const quiet = seconds === null ? null : Math.max(0, seconds - speech);
    const about = seconds === null || breathes ? "" : mode === "for" ? say("words_and_quiet", { words: clock(speech), quiet: clock(quiet) }) : say("words_and_total", { words: clock(speech), total: clock(seconds) });
    const select = el("select", { "aria-label": say("time_mode"), "data-focus": "time mode", "data-field": "for pause gap fit", onchange: () => studio.setTimeMode(path, select.value) },
      ...modes.map(([value, name]) => el("option", { value, selected: value === mode }, name)));
    return el("fieldset", { className: "time-box" }, el("legend", {}, say("time")), el("div", { className: "row" }, field, select, el("span", { className: "about" }, about)));
  }
}

const listText = (list) => (Array.isArray(list) ? list.join("\n") : String(list ?? ""));
