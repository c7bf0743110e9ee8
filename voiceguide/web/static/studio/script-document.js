// The script that is open. Its state is its text: every edit creates a new text, and undo returns to an earlier one.

import { api, OTHER_ADDRESS, RequestError } from "./api.js";
import { findDraft, handOver, keepDraft, removeDraft } from "./drafts.js";
import { identify, identitiesAfter, identitiesByContents, LISTS, pathInVersion, pathOf } from "./identities.js";
import { applied, at, carriedOut } from "./script-paths.js";
import { relocate, versionAfter } from "./waiting-edits.js";
import { say } from "./words.js";

const MOST_UNDO = 300;
const SAME_EDIT_MS = 1500;
const RETRY_MS = 1000;
const MOST_FAULTS = 3;
const GONE = 410;
const PASSING = [0, OTHER_ADDRESS, 503]; // no response, or busy
const FAULTS = [500, 504]; // an error in the program, or too slow

export class ScriptDocument {
  /**
   * `changed(open, focus, {isWanted, refused})` is called after every change, `failed(error)` if an edit is not possible,
   * `failed(null)` once it is, and `waits()` when one waits. `refused` is an edit that has not been carried out.
   */
  constructor(folder, changed, failed, waits = () => {}) {
    Object.assign(this, { folder, changed, failed, waits, name: "", text: "", tree: null, problems: [], timeline: null, stale: false });
    this.turn = Promise.resolve();
    this.waiting = []; // edits that have not been carried out yet, each {operations, open, focus}
    Object.assign(this, { typed: null, unused: "", sent: [] }); // text in a dialog, text that was refused, and texts that the file may already have
    this.opened = 0; // how many scripts have been opened, so that what belongs to one is not taken for that of another
    this.isKept = true; // whether the browser has kept the unsaved changes
    this.flushers = new Set();
    this.refusedTexts = () => []; // what is only in its fields, because it was refused
    this.followed = new Set();
  }

  /** Follow a node through all versions: the `path` of the result is where it is now, or null if this version does not have it. */
  follow(path) {
    const place = { path, id: at(this.identities, path)?.id };
    this.followed.add(place);
    return place;
  }

  unfollow(place) {
    this.followed.delete(place);
  }

  /**
   * Open a script as it is on disk, or with its unsaved changes. Everything is fetched first. Then the script that was open
   * gets all that is still typed or waits, and after that nothing is awaited until the other one is open. Return false
   * if it may not be left by then.
   */
  async open(name, from = "", mayLeave = () => true) {
    for (;;) {
      if (name === this.name) await this.settled();
      const { turn } = this;
      const next = await this.fetch(name, from);
      await this.settled();
      if (!mayLeave()) return false;
      if (name !== this.name || turn === this.turn) return this.switchTo(next); // what has been fetched is still true
    }
  }

  async fetch(name, from) {
    const file = await api.file(name, from);
    const told = await api.edit(name, file.text, []);
    const { draft, orphan, isElsewhere } = await findDraft(this.folder, name);
    const isUnsaved = draft !== null && draft.text !== file.text;
    const unsaved = isUnsaved ? await api.edit(name, draft.text, []) : null;
    const isRestored = isUnsaved || Boolean(draft?.operations?.length || draft?.typed || draft?.unused);
    return { name, file, told, unsaved, orphan, isElsewhere, draft: isRestored ? draft : null };
  }

  switchTo({ name, file, told, unsaved, orphan, isElsewhere, draft }) {
    for (const place of this.followed) place.path = null;
    this.followed.clear();
    Object.assign(this, { name, sha256: file.sha256, savedText: file.sha256 === null ? null : file.text, undone: [], done: [], lastKey: "", restored: null, timeline: null, tree: null, identities: identify(null) });
    Object.assign(this, { opened: this.opened + 1, isElsewhere, typed: draft?.typed ?? null, unused: draft?.unused ?? "", sent: draft?.sent ?? [] });
    this.adopt(told);
    if (draft) {
      const isOwn = this.sent.includes(file.text); // the page was closed before it was told that this had been saved
      Object.assign(this, { sha256: isOwn ? file.sha256 : draft.base, restored: draft.when });
    }
    if (unsaved) {
      this.done.push({ text: file.text, open: null, identities: this.identities });
      this.adopt(unsaved);
    }
    // The page was closed while these were being carried out.
    for (const operations of draft?.operations ?? []) this.carryOut([operations].flat(), { isRestored: true });
    this.keepDraft();
    if (orphan && this.isKept) removeDraft(this.folder, name, orphan);
    return true;
  }

  get dirty() {
    return this.text !== this.savedText;
  }

  /** The node at a path once all edits that wait for the computer are carried out. */
  expected(path) {
    const place = this.expectedPath(path);
    return place ? at(this.expectedVersion.tree, place) : undefined;
  }

  /** The node at a path, with the values that wait for the computer. */
  shown(path) {
    const values = this.waitingValues;
    return values.length ? at(applied(this.tree, values), path) : this.at(path);
  }

  /** The operations that wait, up to the first one that moves nodes: their paths are those of the script as it is shown. */
  get waitingValues() {
    const operations = this.waitingOperations;
    const end = operations.findIndex(({ op, path }) => !path || (op !== "set" && LISTS.includes(path[path.length - 2])));
    return end < 0 ? operations : operations.slice(0, end);
  }

  get waitingOperations() {
    return this.waiting.flatMap(({ operations }) => operations);
  }

  /** Where the node at a path will be by then, or null if it will be gone. */
  expectedPath(path) {
    return pathInVersion(this.expectedVersion.identities, this.identities, path);
  }

  /** The script once all edits that wait for the computer are carried out: {tree, identities}. */
  get expectedVersion() {
    return this.waitingOperations.reduce((version, operation) => versionAfter(version, operation), this);
  }

  at(path) {
    return at(this.tree, path);
  }

  /**
   * Adopt a new text. Its nodes are identified by their known identities, by the operations that created it or, if there are
   * neither, by their contents. If the script has errors, the timeline is that of the last version without errors.
   */
  adopt({ text, tree, problems, timeline }, { operations, identities } = {}) {
    if (tree) {
      const { tree: from, identities: before } = this;
      const known = identities ?? (operations ? identitiesAfter(before, operations) : identitiesByContents(from, before, tree));
      this.identities = identify(tree, known);
      for (const place of this.followed) place.path = pathOf(this.identities, place.id);
      this.openPath = this.openPath && pathInVersion(this.identities, before, this.openPath);
      if (!operations) relocate(this.waiting, { tree: from, identities: before }, { tree, identities: this.identities }, { isCertain: Boolean(identities) });
    }
    Object.assign(this, { text, problems, stale: !timeline });
    this.tree = tree ?? this.tree;
    this.readable = tree !== null;
    if (timeline) this.timeline = timeline;
  }

  /** Apply the pending changes of all registered fields, so that the operation that follows includes them. */
  flush() {
    for (const flush of this.flushers) flush();
  }

  /**
   * Carry out operations one after another. Their paths are those of the script as it is shown but, in a list of plain
   * values, those after all edits that wait. `open` is the path to open afterwards, and `focus` what gets the focus, unless
   * `isWanted()` is false by then. Edits with the same `key` shortly after one another are undone together.
   */
  edit(wanted, { open, focus, key = "", isWanted } = {}) {
    if (wanted.some(({ op }) => op !== "set")) this.flush(); // what is typed belongs to the script as it is shown
    const edit = { operations: wanted, open, focus };
    relocate([edit], this, this.expectedVersion, { isCertain: true, isListKnown: true });
    if (!edit.operations.length) return Promise.resolve(false); // what it changes is gone by then
    return this.carryOut(edit.operations, { open: edit.open, focus: edit.focus, key, isWanted });
  }

  /** Carry out operations whose paths are those after all that wait: edits of the tree, a new text, or a new total. */
  carryOut(operations, { open, focus, isRestored, ...options } = {}) {
    const edit = { operations, open, focus, isRestored };
    const { waiting } = this;
    waiting.push(edit);
    this.waits();
    this.keepDraft(); // now, because the page may be closed before the computer responds
    const answered = () => waiting.includes(edit) && waiting.splice(waiting.indexOf(edit), 1);
    return this.queue((text) => this.request(edit, text), { ...options, edit, answered });
  }

  request(edit, text) {
    const [{ op, text: whole, total } = {}] = edit.operations;
    if (edit.isLost) throw new RequestError(say("edit_lost"), GONE);
    if (op === "text") return api.edit(this.name, whole, []);
    if (op === "fit") return api.fit(this.name, text, total);
    edit.operations = carriedOut(this.tree, edit.operations);
    return api.edit(this.name, text, edit.operations);
  }

  /** Edit a followed node where it is once everything before this is done. `make(path, node)` returns operations that move nothing. */
  editFollowed(place, make) {
    const request = async (text) => {
      if (place.path === null) throw new RequestError("", GONE);
      return api.edit(this.name, text, make(place.path, this.at(place.path)));
    };
    return this.queue(request);
  }

  replaceText(text, open = null) {
    return this.edit([{ op: "text", text }], { open });
  }

  fit(total) {
    return this.edit([{ op: "fit", total }]);
  }

  queue(make, { edit = { operations: [] }, key = "", answered = () => {}, isWanted = () => true } = {}) {
    const run = async () => {
      const before = this.text;
      try {
        const told = await this.insist(() => make(before));
        if (edit.operations.some(({ op }) => op !== "set")) this.flush(); // what is typed belongs to the script as it was shown
        answered();
        if (told.text !== before) this.remember(before, key);
        this.adopt(told, { operations: knownOperations(edit) });
      } catch (error) {
        answered();
        const refused = edit.operations.reduce((version, operation) => versionAfter(version, operation), this);
        relocate(this.waiting, refused, this, { isCertain: true }); // as they were made for the script after this edit
        this.failed(error);
        this.keepDraft();
        this.changed(undefined, null, { refused: edit });
        return false;
      }
      this.keepDraft();
      this.changed(edit.open, edit.focus, { isWanted: isWanted() });
      return true;
    };
    return this.inTurn(run);
  }

  /** Do something after everything before it. If it fails, what comes after it is still done. */
  inTurn(work) {
    const done = this.turn.then(work);
    this.turn = done.catch(() => null);
    return done;
  }

  /** Retry until the computer carries out a request or refuses it. Until then, text that is typed waits and is saved in the draft. */
  async insist(request, passing = PASSING) {
    for (let failures = 0; ; failures += 1) {
      try {
        const told = await request();
        if (failures) this.failed(null);
        return told;
      } catch (error) {
        const { status = 0 } = error;
        if (!passing.includes(status) && (!FAULTS.includes(status) || failures + 1 >= MOST_FAULTS)) throw error;
        if (status === OTHER_ADDRESS) handOver();
        this.failed(error);
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
      }
    }
  }

  remember(text, key) {
    const joins = key && key === this.lastKey && performance.now() - this.lastTime < SAME_EDIT_MS;
    if (!joins) this.done.push({ text, open: this.openPath, identities: this.identities });
    if (this.done.length > MOST_UNDO) this.done.shift();
    this.undone = [];
    Object.assign(this, { lastKey: key, lastTime: performance.now() });
  }

  undo(isWanted) {
    return this.travel(() => [this.done, this.undone], isWanted);
  }

  redo(isWanted) {
    return this.travel(() => [this.undone, this.done], isWanted);
  }

  travel(stacks, isWanted = () => true) {
    this.flush();
    return this.inTurn(async () => {
      const [from, to] = stacks();
      const entry = from.pop();
      if (!entry) return;
      to.push({ text: this.text, open: this.openPath, identities: this.identities });
      this.lastKey = "";
      try {
        const told = await this.insist(() => api.edit(this.name, entry.text, []));
        this.flush(); // what is typed belongs to the script as it was shown
        this.adopt(told, { identities: entry.identities });
      } catch (error) {
        from.push(entry);
        to.pop();
        this.failed(error);
      }
      this.keepDraft();
      this.changed(entry.open, null, { isWanted: isWanted() });
    });
  }

  /** Wait until nothing is typed or waits. What comes while this waits is included. */
  async settled() {
    let turn;
    do {
      turn = this.turn;
      await turn;
      this.flush();
    } while (turn !== this.turn);
  }

  /**
   * Save, and return the name of the file, or null if there is nothing to save. Throws a RequestError with the text of the
   * file as `data.theirs` if another program has changed it.
   */
  save(name, base) {
    this.flush();
    return this.inTurn(() => this.write(name ?? this.name, base === undefined ? this.sha256 : base));
  }

  async write(name, base) {
    const { text } = this;
    if (name === this.name && !this.dirty) {
      this.changed(); // what was typed may have been taken back
      return null;
    }
    const earlier = this.sent;
    if (name === this.name) this.sent = [text, ...earlier].slice(0, 2);
    this.keepDraft();
    const saved = await this.insistOnOwn(name, text, base, earlier);
    if (name !== this.name) removeDraft(this.folder, this.name);
    Object.assign(this, { name, sha256: saved.sha256, savedText: text, restored: null, sent: [] });
    this.keepDraft();
    this.changed();
    return name;
  }

  /** Save. If the file is what an earlier request has written, whose answer was lost, no other program has changed it. */
  async insistOnOwn(name, text, base, earlier) {
    try {
      return await api.save(name, text, base);
    } catch (error) {
      if (name !== this.name || !earlier.includes(error.data?.theirs)) throw error;
      return api.save(name, text, error.data.sha256);
    }
  }

  /** Keep what another program has written, so that undo can restore it after it is overwritten. */
  rememberTheirs(theirs) {
    this.lastKey = "";
    return this.done.push({ text: theirs, open: this.openPath });
  }

  /** Go back to the saved text. Undo brings the changes back. */
  async discard(theirs, sha256) {
    Object.assign(this, { savedText: theirs, sha256, restored: null, sent: [] });
    await this.replaceText(theirs);
  }

  /** Keep the text in a dialog, {dialog, text}, until it is used or dropped: then null. */
  keepTyped(typed) {
    this.typed = typed;
    this.keepDraft();
  }

  /** Keep text that was refused, and whose field is gone, until it is dropped. */
  keepUnused(text) {
    this.unused = [this.unused, text].filter(Boolean).join("\n\n");
    this.keepDraft();
  }

  dropUnused() {
    this.unused = "";
    this.keepDraft();
  }

  keepDraft() {
    const { folder, name, text, typed, sent } = this;
    const unused = [this.unused, ...this.refusedTexts()].filter(Boolean).join("\n\n");
    if (!name) return;
    const isNeeded = this.dirty || this.waiting.length > 0 || typed !== null || unused !== "";
    if (!isNeeded) removeDraft(folder, name);
    this.isKept = !isNeeded || keepDraft(folder, name, { text, base: this.sha256, when: Date.now(), operations: this.waiting.map(({ operations }) => operations), typed, unused, sent });
    if (!this.isKept) this.failed(new Error("draft"));
  }
}

/** The operations by which a new version was made, or undefined if it has another text. A new total has no operations of its own. */
function knownOperations({ operations }) {
  if (operations[0]?.op === "text") return undefined;
  return operations[0]?.op === "fit" ? [] : operations;
}
