// The studio: a script as cards, a timeline and a form. Every change is an operation on the text of the script.

import { get, tell } from "../dom.js";
import { parseLength } from "../times.js";
import { Advice, cardOf } from "./advice.js";
import { api, OTHER_ADDRESS } from "./api.js";
import { Cards } from "./cards.js";
import { Dialogs } from "./dialogs.js";
import { draftNames } from "./drafts.js";
import { makeMovable } from "./drag.js";
import { Form } from "./form.js";
import { setDisabled } from "./form-fields.js";
import { Hearing } from "./hearing.js";
import { translated } from "./problem-words.js";
import { acceptDrops, finishRecordings, isRecording } from "./recording-field.js";
import { Ribbon } from "./ribbon.js";
import { ScriptDocument } from "./script-document.js";
import { ScriptEdits } from "./script-edits.js";
import { at, isStage, isStep, same, stagesOf, stepsOf, wordsOf } from "./script-paths.js";
import { say, speak } from "./words.js";

const NARROW = matchMedia("(max-width: 760px)");
const NOTICE_MS = 8000;
const ANNOUNCE_MS = 50;
const COLORS = 5;

class Studio extends ScriptEdits {
  constructor(choices) {
    super();
    Object.assign(this, { choices, voices: [], open: [], isOpening: false, attention: 0, visits: 0 });
    this.document = new ScriptDocument(choices.folder.id, (...change) => this.changed(...change), (error) => this.tell(error ? explain(error) : ""), () => this.showSaved(false));
    this.hearing = new Hearing(() => this.heard(), (error) => this.tell(translated(error.message)));
    this.cards = new Cards(this);
    this.ribbon = new Ribbon(this);
    this.form = new Form(this);
    this.advice = new Advice(this);
    this.dialogs = new Dialogs(this);
    makeMovable(get("cards"), get("outline"), this.document, (from, to) => this.move(from, to));
    acceptDrops(this);
    this.nameButtons();
    this.listen();
  }

  get language() {
    return String(this.document.tree?.language ?? "en");
  }

  /** Whether the script is new and has not been edited. */
  get isUntouched() {
    return this.document.savedText === null && this.document.done.length === 0;
  }

  // What is open, and how it is shown

  async openScript(name, from = "") {
    if (this.isOpening || !this.form.mayLeave()) return null;
    this.hearing.stop();
    this.isOpening = true; // from now on, nothing is recorded
    let dialog = null;
    try {
      await finishRecordings(); // they belong to the script that was open
      dialog = this.dialogs.opening(name);
      const isOpen = await this.document.open(name, from, () => !this.form.isRefused && !this.document.unused); // nothing is awaited from here until the other script is drawn
      if (!isOpen) return dialog.close(); // the message says why
    } catch (error) {
      dialog?.close();
      this.tell(explain(error));
      if (!this.document.tree) this.dialogs.open();
      return null;
    } finally {
      this.isOpening = false;
    }
    this.dialogs.closeAll(); // they belong to the script that was open
    history.replaceState(null, "", `#${encodeURIComponent(name)}`);
    get("desk").hidden = false;
    this.open = NARROW.matches ? [] : stepsOf(this.document.tree)[0]?.path ?? [];
    document.body.classList.remove("form-open");
    this.draw();
    if (this.document.isElsewhere && !this.document.restored) this.tell(say("open_elsewhere"));
    if (this.document.restored) this.tell(say("draft_restored", { when: new Intl.DateTimeFormat(document.documentElement.lang, { dateStyle: "medium", timeStyle: "short" }).format(this.document.restored) }));
    if (this.isUntouched && !NARROW.matches) this.takeFocus("field say");
    else this.focusOpen();
    this.dialogs.restore(this.document.typed);
    if (this.document.unused) this.dialogs.unused();
    if (!this.voices.length) this.voices = await api.voices().catch(() => []);
    return this.drawForm();
  }

  /** Draw what has changed. `open` and `focus` are ignored if they are no longer wanted, unless the open card is gone. */
  changed(open, focus = null, { isWanted = true, refused = null } = {}) {
    const here = this.document.openPath;
    if (!isWanted) [open, focus] = [here ? null : open, null];
    const next = open ?? here ?? this.open;
    if (refused) this.keepRefused(refused);
    const hadFocus = document.activeElement !== document.body;
    const onCard = Boolean(document.activeElement.closest(".card > .open"));
    const wasTyping = document.activeElement.matches("input, textarea");
    this.open = this.existing(next);
    this.draw();
    if (focus) this.takeFocus(focus);
    else if (open && onCard) this.cards.focus(this.open); // not the card that has taken its place
    if (!hadFocus || document.activeElement !== document.body) return;
    if (wasTyping) get("form-title")?.focus({ preventScroll: true }); // not a card, which the next key could delete
    if (document.activeElement === document.body) this.focusOpen(); // the element that had the focus is gone
  }

  /** Keep the text of an edit that was refused: in its field, in the dialog for the text of the script or, if it has neither, in one of its own. */
  keepRefused(edit) {
    const operations = [...edit.operations, ...(edit.lost ?? [])];
    const isText = operations[0]?.op === "text";
    if (isText && !this.document.typed && !get("text-dialog")) {
      this.document.keepTyped({ dialog: "text", text: operations[0].text });
      this.dialogs.restore(this.document.typed);
    } else if (isText || edit.isRestored) this.keepUnused(operations.flatMap(({ text, value }) => textsIn(text ?? value)).join("\n\n"));
    else this.form.keepRefused(edit);
  }

  keepUnused(text) {
    if (!text) return;
    this.document.keepUnused(text);
    this.dialogs.unused();
  }

  /** Return a function that returns whether the user has not typed anything or gone anywhere else since now. */
  whileHere() {
    const { attention, visits } = this;
    return () => this.attention === attention && this.visits === visits;
  }

  /** Return a function that returns whether the user has not gone anywhere else since now. */
  whileThere() {
    const { visits } = this;
    return () => this.visits === visits;
  }

  /** Focus what is open: its card or, if its form covers the cards, the form. */
  focusOpen() {
    if (NARROW.matches && document.body.classList.contains("form-open")) get("form-title")?.focus({ preventScroll: true });
    else this.cards.focus(this.open);
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
    this.hearing.prepare(this.document, () => this.open);
  }

  drawForm() {
    this.form.draw();
  }

  drawBar() {
    const { document: script } = this;
    get("file-name").textContent = script.name;
    get("title").textContent = document.title = String(script.tree?.title ?? "") || script.name;
    this.showSaved(!script.dirty && !script.waiting.length && !this.form.pending.size && !this.form.isRefused);
    setDisabled("undo", !script.done.length);
    setDisabled("redo", !script.undone.length);
    document.body.classList.toggle("unreadable", !script.readable);
  }

  showSaved(saved) {
    const word = say(saved ? "saved" : "unsaved");
    if (get("state").textContent !== word) get("state").textContent = word;
    setDisabled("save", saved);
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

  /** The length of a step in seconds, the duration of its words, and whether the script sets the length. */
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
    this.visits += 1;
    if (!same(path, this.open)) {
      if (!this.form.mayLeave()) return;
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

  /** Open a step and focus its words. Suggested words are selected, so that typing replaces them. */
  writeStep(path) {
    const isOffered = wordsOf(this.document.at(path)).full === say("new_step_words");
    this.select(path, { form: true, field: isOffered ? null : path });
    if (isOffered) this.takeFocus("field say");
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

  /** Focus a card, given its path, or a field, given its name. */
  takeFocus(name) {
    if (Array.isArray(name)) return this.cards.focus(name);
    const field = document.querySelector(`[data-focus='${CSS.escape(name)}']`);
    field?.focus();
    requestAnimationFrame(() => field?.scrollIntoView({ block: "nearest" })); // once its height is known
    if (field?.tagName === "TEXTAREA" || field?.type === "text") field.select();
  }

  /** The card that has the focus, or the one that is open. */
  get current() {
    const card = document.activeElement?.closest?.("[data-card]");
    return card ? JSON.parse(card.dataset.card) : this.open;
  }

  // Hearing, saving, messages

  hear(path = this.open, turn = 0) {
    if (!isStep(path)) path = stepsOf(this.document.tree).find((step) => same(step.path.slice(0, path.length), path))?.path ?? path;
    if (!isStep(path)) return;
    this.select(path, {});
    this.hearing.toggle(this.document, path, turn);
  }

  heard() {
    const shown = this.hearing.step ? JSON.stringify([this.hearing.step.path, this.hearing.isWaiting]) : "";
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

  /** Save, by default under the name of the script. */
  async save(name, base) {
    const isOther = name !== undefined && name !== this.document.name;
    if (isOther && draftNames(this.choices.folder.id).includes(name)) return this.tell(say("has_draft", { name }));
    try {
      const saved = await this.document.save(name, base);
      if (saved === null) return null;
      history.replaceState(null, "", `#${encodeURIComponent(saved)}`);
      if (!this.choices.files.includes(saved)) this.choices.files.push(saved);
      this.tell("");
      this.announce(say("saved_as", { name: saved }));
    } catch (error) {
      if (!isOther && typeof error.data?.theirs === "string") this.dialogs.conflict(error.data);
      else this.tell(explain(error));
    }
    return null;
  }

  tell(sentence) {
    tell(get("notice"), sentence);
    clearTimeout(this.telling);
    this.telling = setTimeout(() => tell(get("notice"), ""), NOTICE_MS);
  }

  /** Have a screen reader say something, even if it is the same as before. */
  announce(sentence) {
    get("live").textContent = "";
    clearTimeout(this.announcing);
    this.announcing = setTimeout(() => (get("live").textContent = sentence), ANNOUNCE_MS);
  }

  undo() {
    if (this.document.done.length || this.form.pending.size) this.announce(say("undone"));
    this.document.undo(this.whileHere());
  }

  redo() {
    if (this.document.undone.length) this.announce(say("redone"));
    this.document.redo(this.whileHere());
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
    const acts = { file: () => this.dialogs.open(), undo: () => this.undo(), redo: () => this.redo(), paste: () => this.dialogs.paste(), "script-text": () => this.dialogs.text(),
      help: () => this.dialogs.help(), "play-all": () => this.playAll(), save: () => this.save() };
    for (const [id, act] of Object.entries(acts)) get(id).addEventListener("click", act);
    addEventListener("keydown", (event) => this.key(event));
    addEventListener("paste", (event) => this.pasted(event));
    get("desk").addEventListener("input", () => (this.attention += 1));
    get("desk").addEventListener("pointerdown", () => (this.visits += 1));
    get("desk").addEventListener("keydown", ({ key }) => key === "Tab" && (this.visits += 1));
    addEventListener("pagehide", () => this.takeTyped());
    addEventListener("beforeunload", (event) => (isRecording() || !this.document.isKept || this.form.isRefused) && event.preventDefault());
    document.addEventListener("visibilitychange", () => document.visibilityState === "hidden" && this.takeTyped());
  }

  /** Send what is typed, even a time for which Enter has not been pressed. */
  takeTyped() {
    document.activeElement?.take?.();
    this.document.flush();
  }

  key(event) {
    if (document.querySelector("dialog[open]") || event.defaultPrevented) return;
    const typing = event.target.closest?.("input, textarea, select");
    const control = event.ctrlKey || event.metaKey;
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    const act = control ? { z: () => (event.shiftKey ? this.redo() : this.undo()), y: () => this.redo(), s: () => this.save(), " ": () => this.hear(this.current),
      d: () => this.current.length && this.copy(this.current) }[key]
      : { F6: () => this.nextPart(event.shiftKey), Escape: typing && (() => this.cards.focus(this.open)), " ": !typing && !event.target.closest?.("button:not(.open), summary, a") && (() => this.hear(this.current)) }[key];
    if (!act) return;
    event.preventDefault();
    if (control) this.takeTyped();
    act();
  }

  nextPart(backwards) {
    const entries = { ribbon: "#total-place input", outline: ".opened .open", form: "#fields [data-field]", advice: "#advice-list button" };
    const parts = Object.keys(entries).filter((id) => document.querySelector(entries[id])?.checkVisibility() || get(id).contains(document.activeElement));
    const now = parts.findIndex((id) => get(id).contains(document.activeElement));
    const next = parts[(now + (backwards ? -1 : 1) + parts.length) % parts.length];
    document.querySelector(entries[next])?.focus();
  }

  /** Text that is pasted outside a field, or that has several lines, becomes stages and steps. */
  pasted(event) {
    const text = event.clipboardData?.getData("text/plain") ?? "";
    if (document.querySelector("dialog[open]") || !text.trim() || !this.document.tree) return;
    const field = event.target.closest?.("input, textarea");
    const lines = text.trim().split(/\r?\n/).filter((line) => line.trim()).length;
    if (field && (lines < 3 || field.tagName === "INPUT")) return;
    event.preventDefault();
    this.dialogs.paste(text, field ? (kept) => this.pasteInto(field, kept.replace(/\s*\n\s*/g, " ")) : null);
  }

  /** Put text into a field, unless that is gone by now. */
  pasteInto(field, text) {
    if (!field.isConnected) return this.keepUnused(text);
    field.setRangeText(text);
    return field.dispatchEvent(new Event("input", { bubbles: true }));
  }
}

/** All text in a value: a text, or the nodes of a script. */
function textsIn(value) {
  if (value && typeof value === "object") return Object.values(value).flatMap(textsIn);
  return typeof value === "string" ? [value] : [];
}

/** What an error means for what has been typed. */
function explain({ message, status }) {
  if (status === OTHER_ADDRESS) return say("other_address");
  return message === "draft" ? say("no_drafts") : translated(message);
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
