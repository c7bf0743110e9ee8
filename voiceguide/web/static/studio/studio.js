// The studio: a script as cards, a timeline and a form. Every change is an operation on the text of the script.

import { get, tell } from "../dom.js";
import { parseLength, scriptLength } from "../times.js";
import { Advice, cardOf } from "./advice.js";
import { api } from "./api.js";
import { Cards } from "./cards.js";
import { Dialogs } from "./dialogs.js";
import { makeMovable } from "./drag.js";
import { Form } from "./form.js";
import { Hearing } from "./hearing.js";
import { acceptDrops } from "./recording-field.js";
import { Ribbon } from "./ribbon.js";
import { ScriptDocument } from "./script-document.js";
import { at, isStage, isStep, moved, nameOf, same, stagesOf, stepsOf, wordsOf } from "./script-tree.js";
import { say, speak } from "./words.js";

const NARROW = matchMedia("(max-width: 760px)");
const NOTICE_MS = 8000;
const COLORS = 5;

class Studio {
  constructor(choices) {
    Object.assign(this, { choices, voices: [], open: [] });
    this.document = new ScriptDocument(choices.folder.id, (open, focus) => this.changed(open, focus), (error) => this.tell(error.message === "draft" ? say("no_drafts") : error.message));
    this.hearing = new Hearing(() => this.heard(), (error) => this.tell(error.message));
    this.cards = new Cards(this);
    this.ribbon = new Ribbon(this);
    this.form = new Form(this);
    this.advice = new Advice(this);
    this.dialogs = new Dialogs(this);
    makeMovable(get("cards"), get("outline"), (from, to) => this.move(from, to));
    acceptDrops(this);
    this.nameButtons();
    this.listen();
  }

  get language() {
    return String(this.document.tree?.language ?? "en");
  }

  /** Whether the script is a new one as it was offered. */
  get isUntouched() {
    return this.document.savedText === null && this.document.done.length === 0;
  }

  isStepPath(path) {
    return isStep(path);
  }

  // What is open, and what is shown of it

  async openScript(name, from = "") {
    this.hearing.stop();
    try {
      await this.document.open(name, from);
    } catch (error) {
      this.tell(error.message);
      if (!this.document.tree) this.dialogs.open();
      return;
    }
    history.replaceState(null, "", `#${encodeURIComponent(name)}`);
    get("desk").hidden = false;
    this.open = NARROW.matches ? [] : stepsOf(this.document.tree)[0]?.path ?? [];
    document.body.classList.remove("form-open");
    this.draw();
    if (this.document.restored) this.tell(say("draft_restored", { when: new Intl.DateTimeFormat(document.documentElement.lang, { dateStyle: "medium", timeStyle: "short" }).format(this.document.restored) }));
    if (!this.voices.length) this.voices = await api.voices().catch(() => []);
    this.drawForm();
  }

  changed(open, focus = null) {
    const next = open ?? this.open;
    this.open = this.existing(next);
    this.draw();
    if (focus) this.takeFocus(focus);
  }

  /** A path, or the nearest one above it that is still in the script. */
  existing(path) {
    for (let end = path.length; end > 0; end -= 1) {
      const here = path.slice(0, end);
      if ((isStep(here) || isStage(here)) && at(this.document.tree, here) !== undefined) return here;
      if (isStep(here) && here[end - 1] > 0) return this.existing([...here.slice(0, -1), here[end - 1] - 1]);
    }
    return [];
  }

  draw() {
    this.document.openPath = this.open;
    this.measure();
    this.cards.draw();
    this.ribbon.draw();
    this.form.draw();
    this.advice.draw();
    this.drawBar();
    if (isStep(this.open)) this.hearing.prepare(this.document, this.open);
  }

  drawForm() {
    this.form.draw();
  }

  drawBar() {
    const { document: script } = this;
    get("file-name").textContent = script.name;
    get("title").textContent = document.title = String(script.tree?.title ?? "") || script.name;
    this.showSaved(!script.dirty);
    get("undo").disabled = !script.done.length;
    get("redo").disabled = !script.undone.length;
    document.body.classList.toggle("unreadable", !script.readable);
  }

  showSaved(saved) {
    const word = say(saved ? "saved" : "unsaved");
    if (get("state").textContent !== word) get("state").textContent = word;
    get("save").disabled = saved;
  }

  /** Look up the lengths of steps and stages in the timeline. */
  measure() {
    const { timeline } = this.document;
    this.lengths = new Map();
    this.stageLengths = new Map();
    for (const stage of timeline?.stages ?? []) {
      if (stage.path.length && !this.stageLengths.has(JSON.stringify(stage.path)))
        this.stageLengths.set(JSON.stringify(stage.path), stage.steps.reduce((sum, step) => sum + (isStep(step.path) ? step.end - step.start : 0), 0));
      for (const step of stage.steps) {
        const key = JSON.stringify(step.path);
        if (!this.lengths.has(key)) this.lengths.set(key, { length: step.end - step.start, speech: step.speech });
      }
    }
    this.colors = new Map(stagesOf(this.document.tree).filter(({ group }) => !group).map(({ path }, index) => [JSON.stringify(path), index % COLORS]));
  }

  colorOf(path) {
    return this.colors.get(JSON.stringify(path)) ?? "none";
  }

  /** The length of a step in seconds, the time of its words, and whether the script sets it. */
  lengthOf(path) {
    const node = this.document.at(path);
    const found = this.document.stale ? null : this.lengths.get(JSON.stringify(path));
    const written = node?.for === undefined ? null : (parseLength(String(node.for)) ?? 0) / 1000;
    const own = node?.for !== undefined || node?.pause !== undefined;
    return { seconds: found?.length ?? written, speech: found?.speech ?? 0, own };
  }

  lengthOfStage(path) {
    return this.document.stale ? null : this.stageLengths.get(JSON.stringify(path)) ?? null;
  }

  canDrag(path) {
    return !this.document.stale && Boolean(this.document.at(path));
  }

  problemsAt(path) {
    return this.document.problems.filter((problem) => same(cardOf(problem.path), path));
  }

  select(path, { form = false, field = null }) {
    if (!same(path, this.open)) {
      this.form.flush();
      this.open = path;
      this.draw();
      this.ribbon.reveal();
      this.cards.reveal(path);
      get("form").scrollTop = 0;
    }
    if (form) document.body.classList.add("form-open");
    if (form && NARROW.matches) get("form-title")?.focus({ preventScroll: true });
    if (field) this.form.focusField(field);
  }

  closeForm() {
    document.body.classList.remove("form-open");
    this.cards.focus(this.open);
  }

  /** Open the card of a problem, and focus its field. */
  goTo(path) {
    const card = cardOf(path);
    if (!this.document.readable) return this.dialogs.text();
    this.select(card, { form: true, field: path });
  }

  // Edits

  edit(operations, { open, key, focus } = {}) {
    return this.document.edit(operations, { open, key, focus });
  }

  /** Focus a card, given its path, or a field, given its name. */
  takeFocus(name) {
    if (Array.isArray(name)) return this.cards.focus(name);
    const field = document.querySelector(`[data-focus='${CSS.escape(name)}']`);
    field?.focus();
    if (field?.tagName === "TEXTAREA" || field?.type === "text") field.select();
  }

  set(path, value, key = "") {
    return this.edit([{ op: "set", path, value }], { key });
  }

  setOrRemove(path, value) {
    if (value) return this.set(path, value);
    return at(this.document.tree, path) === undefined ? null : this.edit([{ op: "remove", path }]);
  }

  /** Change a list so that items that are the same stay as they are in the file. */
  setList(path, texts) {
    const wanted = texts.map((text) => text.trim()).filter(Boolean);
    const list = at(this.document.tree, path);
    if (!Array.isArray(list)) return wanted.length ? this.set(path, wanted) : this.setOrRemove(path, "");
    if (!wanted.length) return this.setOrRemove(path, "");
    const now = list.map(String);
    let start = 0;
    while (start < now.length && start < wanted.length && now[start] === wanted[start]) start += 1;
    let tail = 0;
    while (tail < now.length - start && tail < wanted.length - start && now[now.length - 1 - tail] === wanted[wanted.length - 1 - tail]) tail += 1;
    const [old, fresh] = [now.length - tail - start, wanted.slice(start, wanted.length - tail)];
    const operations = fresh.map((value, index) => ({ op: index < old ? "set" : "insert", path: [...path, start + index], value }));
    for (let gone = old; gone > fresh.length; gone -= 1) operations.push({ op: "remove", path: [...path, start + gone - 1] });
    return operations.length ? this.edit(operations) : null;
  }

  setWords(path, which, text) {
    const node = at(this.document.tree, path);
    const { full, brief } = typeof node === "string" ? { full: node, brief: "" } : wordsOf(node);
    if (typeof node === "string") return this.set(path, text);
    const isMap = node?.say !== null && typeof node?.say === "object";
    const next = { full, brief, [which]: text };
    if (node === undefined) return text ? this.set(path, { say: text }) : null;
    if (!next.full && !next.brief) return this.setOrRemove([...path, "say"], "");
    if (isMap) return this.setOrRemove([...path, "say", which], text);
    return this.set([...path, "say"], next.brief ? { full: next.full, brief: next.brief } : next.full);
  }

  setLength(path, ms) {
    const node = this.document.at(path);
    const rounded = Math.round(ms / 1000) * 1000;
    const usesPause = node.for === undefined && node.pause !== undefined;
    const quiet = Math.max(0, Math.round((ms / 1000 - this.lengthOf(path).speech)) * 1000);
    return this.set([...path, usesPause ? "pause" : "for"], scriptLength(usesPause ? quiet : rounded), `time ${JSON.stringify(path)}`);
  }

  setTimeMode(path, mode) {
    const node = this.document.at(path);
    const { seconds, speech } = this.lengthOf(path);
    const gone = ["for", "pause"].filter((key) => key !== mode && node[key] !== undefined).map((key) => ({ op: "remove", path: [...path, key] }));
    const quiet = Math.max(1, Math.round((seconds ?? 30) - speech));
    const value = mode === "for" ? scriptLength(Math.max(1, Math.round(seconds ?? 30)) * 1000) : scriptLength(quiet * 1000);
    return this.edit(mode === "words" ? gone : [...gone, { op: "set", path: [...path, mode], value }]);
  }

  setBed(path, bed) {
    const old = at(this.document.tree, path);
    const kept = Object.fromEntries(Object.entries(bed).filter(([, value]) => value !== undefined));
    if (!kept.sound) return this.setOrRemove(path, "");
    if (old && typeof old === "object") {
      const changed = Object.entries(kept).filter(([key, value]) => String(old[key]) !== String(value)).map(([key, value]) => ({ op: "set", path: [...path, key], value }));
      const gone = Object.keys(old).filter((key) => !(key in kept)).map((key) => ({ op: "remove", path: [...path, key] }));
      return this.edit([...changed, ...gone]);
    }
    return this.set(path, kept.level || kept.duck ? kept : kept.sound);
  }

  fit(ms) {
    return this.document.fit(scriptLength(ms));
  }

  addStep(path, value = { say: say("new_step_words"), for: "1m" }) {
    document.body.classList.add("form-open");
    this.form.flush();
    const open = value.say ? "field say" : null;
    const list = at(this.document.tree, path.slice(0, -1));
    const edit = Array.isArray(list) ? { op: "insert", path, value } : { op: "set", path: path.slice(0, -1), value: [value] };
    return this.edit([edit], { open: path, focus: open });
  }

  addStage() {
    const path = ["stages", (this.document.tree?.stages ?? []).length];
    const titles = this.stageTitles();
    const value = { stage: titles.includes(say("new_stage")) ? freeName(say("new_stage"), titles) : say("new_stage"), steps: [{ say: say("new_step_words"), for: "1m" }] };
    document.body.classList.add("form-open");
    return this.edit([path[1] ? { op: "insert", path, value } : { op: "set", path: ["stages"], value: [value] }], { open: path, focus: "field stage" });
  }

  /** Copy a card. A step or stage with a name gets another one, since names are unique. */
  copy(path) {
    const to = [...path.slice(0, -1), path[path.length - 1] + 1];
    const node = this.document.at(path);
    const key = isStep(path) ? "step" : "stage";
    const names = isStep(path) ? at(this.document.tree, path.slice(0, -1)).map(nameOf) : this.stageTitles();
    const operations = [{ op: "copy", path, to }];
    if (node?.[key]) operations.push({ op: "set", path: [...to, key], value: freeName(String(node[key]), names) });
    return this.edit(operations, { open: to, focus: to });
  }

  stageTitles() {
    return stagesOf(this.document.tree).map(({ node }) => String(node?.stage ?? ""));
  }

  /** Put a stage into a group that is played once for each side. Its text, with its comments, only moves. */
  repeatForSides(path) {
    const title = String(this.document.at(path)?.stage ?? "");
    const stage = [...path, "stages", 0];
    const group = { each: { side: [say("side_left"), say("side_right")] }, stages: [{ stage: "{side}", steps: [{ say: "{side}" }] }] };
    const operations = [{ op: "insert", path, value: group }, { op: "move", path: [path[0], path[1] + 1], to: stage }, { op: "remove", path: [...path, "stages", 1] }];
    if (!title.includes("{side}")) operations.push({ op: "set", path: [...stage, "stage"], value: `${title}, {side}` });
    return this.edit(operations, { open: stage, focus: "field stage" });
  }

  /** The card that has the focus, or the one that is open. */
  get current() {
    const card = document.activeElement?.closest?.("[data-card]");
    return card ? JSON.parse(card.dataset.card) : this.open;
  }

  remove(path) {
    if (!path.length) return null;
    const list = at(this.document.tree, path.slice(0, -1));
    if (list.length === 1) return this.tell(say(isStep(path) ? "last_step" : "last_stage"));
    const next = [...path.slice(0, -1), Math.min(path[path.length - 1], list.length - 2)];
    const name = isStep(path) ? nameOf(this.document.at(path)) : String(this.document.at(path)?.stage ?? "");
    const done = this.edit([{ op: "remove", path }], { open: next, focus: next });
    this.announce(say("deleted", { name }));
    return done;
  }

  /** Move a card. `to` is an index before the card is taken out. */
  move(from, to) {
    const parent = to.slice(0, -1);
    const last = to[to.length - 1];
    const within = same(parent, from.slice(0, -1)) && last > from[from.length - 1] ? last - 1 : last;
    const list = at(this.document.tree, from.slice(0, -1));
    if (list.length === 1 && !same(parent, from.slice(0, -1))) return this.tell(say(isStep(from) ? "last_step" : "last_stage"));
    const target = [...moved(parent, from, [...from.slice(0, -1), Infinity]), within];
    return this.moveTo(from, target);
  }

  moveTo(from, target) {
    const name = isStep(from) ? nameOf(this.document.at(from)) : String(this.document.at(from)?.stage ?? "");
    const open = same(this.open.slice(0, from.length), from) ? [...target, ...this.open.slice(from.length)] : target;
    const done = this.edit([{ op: "move", path: from, to: target }], { open, focus: target });
    this.announce(say("moved", { name, n: target[target.length - 1] + 1 }));
    return done;
  }

  /** Move a card by one place, also into the next stage. */
  shift(path, by) {
    const list = path.slice(0, -1);
    const index = path[path.length - 1] + by;
    const length = at(this.document.tree, list).length;
    if (index >= 0 && index < length) return this.moveTo(path, [...list, index]);
    if (!isStep(path) || length === 1) return length === 1 && isStep(path) ? this.tell(say("last_step")) : null;
    const stages = stagesOf(this.document.tree).filter(({ group }) => !group);
    const other = stages[stages.findIndex((stage) => same(stage.path, list.slice(0, -1))) + by];
    if (!other) return null;
    return this.moveTo(path, [...other.path, "steps", by > 0 ? 0 : other.node.steps.length]);
  }

  /** Add the stages, the needs and the precautions of a draft. */
  addDraft(tree) {
    const { tree: own } = this.document;
    const stages = own?.stages ?? [];
    const operations = (tree.stages ?? []).map((value, index) => ({ op: "insert", path: ["stages", stages.length + index], value }));
    for (const key of ["needs", "safety"]) {
      const added = Array.isArray(tree[key]) ? tree[key].filter((text) => !(own[key] ?? []).includes(text)) : [];
      if (!added.length) continue;
      operations.push(...(Array.isArray(own[key]) ? added.map((value, index) => ({ op: "insert", path: [key, own[key].length + index], value })) : [{ op: "set", path: [key], value: added }]));
    }
    const open = ["stages", stages.length];
    return this.edit(operations, { open, focus: open });
  }

  // Hearing, saving, messages

  hear(path = this.open, turn = 0) {
    if (!isStep(path)) path = stepsOf(this.document.tree).find((step) => same(step.path.slice(0, path.length), path))?.path ?? path;
    if (!isStep(path)) return;
    this.select(path, {});
    this.hearing.toggle(this.document, path, turn);
  }

  heard() {
    const shown = this.hearing.step ? JSON.stringify(this.hearing.step.path) : "";
    if (shown !== this.shownHeard) {
      this.shownHeard = shown;
      this.cards.draw();
      this.form.draw();
    }
    this.ribbon.movePlayhead();
  }

  async playAll() {
    const tab = globalThis.open("", "voiceguide-player"); // browsers allow it only during the click
    await this.document.settled();
    try {
      const { routine } = await api.play(this.document.name, this.document.text);
      const address = new URL(`../?${Date.now()}#routine=${encodeURIComponent(routine)}`, location.href).href;
      if (tab) tab.location.replace(address);
      else location.assign(address);
    } catch (error) {
      tab?.close();
      this.tell(error.message);
    }
  }

  async save(name = this.document.name, base = this.document.sha256) {
    await this.document.settled();
    if (!this.document.dirty && name === this.document.name) return null;
    try {
      await this.document.save(name, base);
    } catch (error) {
      if (error.status === 409) return this.dialogs.conflict(error.data);
      return this.tell(error.message);
    }
    history.replaceState(null, "", `#${encodeURIComponent(name)}`);
    if (!this.choices.files.includes(name)) this.choices.files.push(name);
    this.tell("");
    this.announce(say("saved_as", { name }));
    return null;
  }

  tell(sentence) {
    tell(get("notice"), sentence);
    clearTimeout(this.telling);
    this.telling = setTimeout(() => tell(get("notice"), ""), NOTICE_MS);
  }

  announce(sentence) {
    get("live").textContent = sentence;
  }

  nameButtons() {
    const names = { undo: "undo", redo: "redo", paste: "paste_text", "script-text": "script_as_text", help: "keys", "zoom-in": "zoom_in", "zoom-out": "zoom_out", file: "open_other" };
    for (const [id, key] of Object.entries(names)) {
      if (id !== "file") get(id).setAttribute("aria-label", say(key));
      get(id).title = say(key);
    }
    const texts = { save: "save", "play-all-word": "play_all", "form-back": "back_to_steps", "outline-title": "stages_and_steps" };
    for (const [id, key] of Object.entries(texts)) get(id).textContent = say(key);
    get("track").setAttribute("aria-label", say("timeline"));
    get("track").setAttribute("role", "group");
  }

  listen() {
    const acts = { file: () => this.dialogs.open(), undo: () => this.document.undo(), redo: () => this.document.redo(), paste: () => this.dialogs.paste(), "script-text": () => this.dialogs.text(),
      help: () => this.dialogs.help(), "play-all": () => this.playAll(), save: () => this.save() };
    for (const [id, act] of Object.entries(acts)) get(id).addEventListener("click", act);
    addEventListener("keydown", (event) => this.key(event));
    addEventListener("paste", (event) => this.pasted(event));
    addEventListener("pagehide", () => this.form.flush());
    document.addEventListener("visibilitychange", () => document.visibilityState === "hidden" && this.form.flush());
  }

  key(event) {
    if (document.querySelector("dialog[open]") || event.defaultPrevented) return;
    const typing = event.target.closest?.("input, textarea, select");
    const control = event.ctrlKey || event.metaKey;
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    const act = control ? { z: () => (event.shiftKey ? this.document.redo() : this.document.undo()), y: () => this.document.redo(), s: () => this.save(), " ": () => this.hear(this.current),
      d: () => this.current.length && this.copy(this.current) }[key]
      : { F6: () => this.nextPart(event.shiftKey), Escape: typing && (() => this.cards.focus(this.open)), " ": !typing && !event.target.closest?.("button:not(.open), summary, a") && (() => this.hear(this.current)) }[key];
    if (!act) return;
    event.preventDefault();
    act();
  }

  nextPart(backwards) {
    const parts = ["ribbon", "outline", "form", "advice"];
    const now = parts.findIndex((id) => get(id).contains(document.activeElement));
    const next = parts[(now + (backwards ? -1 : 1) + parts.length) % parts.length];
    const target = get(next).querySelector(".opened .open, [data-edge][tabindex='0'], textarea, button");
    target?.focus();
  }

  /** Text that is pasted outside a field, or several lines of it, becomes stages and steps. */
  pasted(event) {
    const text = event.clipboardData?.getData("text/plain") ?? "";
    if (document.querySelector("dialog[open]") || !text.trim() || !this.document.tree) return;
    const field = event.target.closest?.("input, textarea");
    const lines = text.trim().split(/\r?\n/).filter((line) => line.trim()).length;
    if (field && (lines < 3 || field.tagName === "INPUT")) return;
    event.preventDefault();
    this.dialogs.paste(text, field ? (kept) => { field.setRangeText(kept.replace(/\s*\n\s*/g, " ")); field.dispatchEvent(new Event("input", { bubbles: true })); } : null);
  }
}

/** A name with a number that no other one has. */
function freeName(name, names) {
  const stem = name.replace(/ \d+$/, "");
  for (let number = 2; ; number += 1) if (!names.includes(`${stem} ${number}`)) return `${stem} ${number}`;
}

async function start() {
  speak();
  try {
    const choices = await api.files();
    globalThis.studio = new Studio(choices);
    const named = decodeURIComponent(location.hash.slice(1)) || choices.open;
    if (named) await globalThis.studio.openScript(named);
    else globalThis.studio.dialogs.open();
  } catch (error) {
    tell(get("notice"), error.message);
  }
}

start();
