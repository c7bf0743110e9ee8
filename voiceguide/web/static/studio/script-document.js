// The script that is open. Its state is its text: every edit creates a new text, and undo returns to an earlier one.

import { api } from "./api.js";
import { applied, at, pathAfter, same, stepsOf } from "./script-paths.js";

const MOST_UNDO = 300;
const SAME_EDIT_MS = 1500;
const RETRY_MS = 1000;
const BUSY = 503;
const draftKey = (folder, name) => `voiceguide-studio ${folder}/${name}`;

export class ScriptDocument {
  /** `changed(open, focus)` is called after every change, `failed(error)` if an edit is not possible, and `failed(null)` once it is. */
  constructor(folder, changed, failed) {
    Object.assign(this, { folder, changed, failed, name: "", text: "", tree: null, problems: [], timeline: null, stale: false });
    this.turn = Promise.resolve();
    this.waiting = []; // operations that have not been carried out yet
    this.flushers = new Set();
    this.followed = new Set();
  }

  /** Follow a node through all edits: the `path` of the result is where it is now, or null once it has been deleted. */
  follow(path) {
    const place = { path };
    this.followed.add(place);
    return place;
  }

  unfollow(place) {
    this.followed.delete(place);
  }

  /** Open a script as it is on disk, or with its unsaved changes. */
  async open(name, from = "") {
    await this.settled(); // pending edits belong to the script that was open
    const file = await api.file(name, from);
    const told = await api.edit(name, file.text, []);
    for (const place of this.followed) place.path = null;
    this.followed.clear();
    const draft = readDraft(this.folder, name);
    const useDraft = draft !== null && (draft.text !== file.text || draft.operations?.length > 0);
    Object.assign(this, { name, sha256: file.sha256, savedText: file.sha256 === null ? null : file.text, undone: [], done: [], lastKey: "", restored: null, timeline: null, tree: null });
    this.adopt(told);
    if (!useDraft) return;
    Object.assign(this, { sha256: draft.base, restored: draft.when });
    if (draft.text !== file.text) {
      this.done.push({ text: file.text, open: null });
      await this.show(draft.text, []);
    }
    // The page was closed while these were being carried out.
    if (draft.operations?.length) await this.edit(draft.operations);
  }

  get dirty() {
    return this.text !== this.savedText;
  }

  /** The node at a path once all edits that wait for the computer are carried out. */
  expected(path) {
    const place = this.expectedPath(path);
    return place ? at(applied(this.tree, this.waiting.flat()), place) : undefined;
  }

  /** Where the node at a path will be by then, or null if it will be gone. */
  expectedPath(path) {
    return this.waiting.flat().reduce(pathAfter, path);
  }

  at(path) {
    return at(this.tree, path);
  }

  /** Apply operations to a text, and adopt the result. If the script has errors, the timeline is that of the last version without errors. */
  async show(text, operations) {
    const told = await api.edit(this.name, text, operations);
    this.adopt(told);
  }

  /** Adopt a new text. Followed nodes are located by the operations that created it or, if there are none, by their contents. */
  adopt({ text, tree, problems, timeline }, operations = []) {
    const before = this.tree;
    for (const place of this.followed) place.path = operations.reduce(pathAfter, place.path);
    if (tree && !operations.length) for (const place of this.followed) place.path = place.path && pathOfSame(before, tree, place.path);
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
   * Carry out operations one after another. Their paths are those of the script as it is shown. `open` is the path to open
   * afterwards, and `focus` what gets the focus. Edits with the same `key` shortly after one another are undone together.
   */
  edit(wanted, { open, focus, key = "" } = {}) {
    const { waiting } = this;
    const place = (path) => (Array.isArray(path) ? this.expectedPath(path) : path);
    const operations = wanted.map((operation) => ({ ...operation, path: place(operation.path), ...(operation.to && { to: place(operation.to) }) }));
    if (operations.some(({ path, to }) => path === null || to === null)) return Promise.resolve(false); // it is gone by then
    [open, focus] = [place(open), place(focus)];
    waiting.push(operations);
    this.keepDraft(); // now, because the page may be closed before the computer responds
    const answered = () => waiting.splice(waiting.indexOf(operations), 1);
    return this.queue((text) => api.edit(this.name, text, operations), { open, focus, key, answered, operations });
  }

  replaceText(text, open = null) {
    return this.queue(() => api.edit(this.name, text, []), { open });
  }

  fit(total) {
    return this.queue((text) => api.fit(this.name, text, total));
  }

  queue(make, { open, focus, key = "", answered = () => {}, operations } = {}) {
    const run = async () => {
      const before = this.text;
      try {
        const told = await this.insist(() => make(before));
        answered();
        if (told.text !== before) this.remember(before, key);
        this.adopt(told, operations);
      } catch (error) {
        answered();
        this.failed(error);
        this.keepDraft();
        this.changed();
        return false;
      }
      this.keepDraft();
      this.changed(open, focus);
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

  /** Retry until the computer responds. Until then, text that is typed waits and is saved in the draft. */
  async insist(request) {
    for (let failures = 0; ; failures += 1) {
      try {
        const told = await request();
        if (failures) this.failed(null);
        return told;
      } catch (error) {
        if (error.status && error.status !== BUSY) throw error;
        this.failed(error);
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
      }
    }
  }

  remember(text, key) {
    const joins = key && key === this.lastKey && performance.now() - this.lastTime < SAME_EDIT_MS;
    if (!joins) this.done.push({ text, open: this.openPath });
    if (this.done.length > MOST_UNDO) this.done.shift();
    this.undone = [];
    Object.assign(this, { lastKey: key, lastTime: performance.now() });
  }

  undo() {
    this.flush();
    return this.travel(() => [this.done, this.undone]);
  }

  redo() {
    return this.travel(() => [this.undone, this.done]);
  }

  travel(stacks) {
    return this.inTurn(async () => {
      const [from, to] = stacks();
      const entry = from.pop();
      if (!entry) return;
      to.push({ text: this.text, open: this.openPath });
      this.lastKey = "";
      try {
        await this.insist(() => this.show(entry.text, []));
      } catch (error) {
        this.failed(error);
      }
      this.keepDraft();
      this.changed(entry.open);
    });
  }

  /** Wait until all edits are carried out. */
  async settled() {
    this.flush();
    await this.turn;
  }

  /** Save. Throws a RequestError with status 409 if another program has changed the file. */
  async save(name = this.name, base = this.sha256) {
    await this.settled();
    const { text } = this;
    const { sha256 } = await api.save(name, text, base);
    if (name !== this.name) removeDraft(this.folder, this.name);
    Object.assign(this, { name, sha256, savedText: text, restored: null });
    this.keepDraft();
    this.changed();
  }

  /** Keep what another program has written, so that undo can restore it after it is overwritten. */
  rememberTheirs(theirs) {
    this.lastKey = "";
    return this.done.push({ text: theirs, open: this.openPath });
  }

  /** Go back to the saved text. Undo brings the changes back. */
  async discard(theirs, sha256) {
    Object.assign(this, { savedText: theirs, sha256, restored: null });
    await this.replaceText(theirs);
  }

  keepDraft() {
    if (!this.dirty && !this.waiting.length) return removeDraft(this.folder, this.name);
    const draft = { text: this.text, base: this.sha256, when: Date.now(), operations: this.waiting.flat() };
    try {
      localStorage.setItem(draftKey(this.folder, this.name), JSON.stringify(draft));
    } catch {
      this.failed(new Error("draft"));
    }
  }
}

/** The path that the step or cue at `path` has in another tree: the path of the identical one, or the same path. */
function pathOfSame(before, after, path) {
  const end = path.lastIndexOf("steps") + 2;
  const step = pathOfItem(stepsOf(before), stepsOf(after), path.slice(0, end));
  if (!step || path.length === end) return step;
  const cuesOf = (tree, place) => [at(tree, [...place, "cues"]) ?? []].flat().map((node, index) => ({ path: [...step, "cues", index], node }));
  const cue = [...step, ...path.slice(end)];
  return pathOfItem(cuesOf(before, path.slice(0, end)), cuesOf(after, step), cue);
}

/** The path of the item at `path` in a changed list: that of the identical item, or the same path if none was added or removed. */
function pathOfItem(before, after, path) {
  const isHere = (item) => same(item.path, path);
  const node = before.find(isHere)?.node;
  const found = after.filter((item) => same(item.node, node));
  return (found.find(isHere) ?? found[0] ?? (after.length === before.length ? after.find(isHere) : null))?.path ?? null;
}

function readDraft(folder, name) {
  try {
    const draft = JSON.parse(localStorage.getItem(draftKey(folder, name)));
    return typeof draft?.text === "string" ? draft : null;
  } catch {
    return null;
  }
}

function removeDraft(folder, name) {
  localStorage.removeItem(draftKey(folder, name));
}

/** The names of all scripts with unsaved changes. */
export function draftNames(folder) {
  const start = draftKey(folder, "");
  return Object.keys(localStorage).filter((key) => key.startsWith(start)).map((key) => key.slice(start.length));
}
