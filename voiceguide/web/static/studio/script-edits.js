// The edits that users make, as operations on the text of the script.

import { scriptLength } from "../times.js";
import { at, groupOf, inserted, isGroup, isStage, isStep, moved, nameOf, removed, same, stagesOf, wordsOf } from "./script-paths.js";
import { ungroupOperations } from "./ungroup.js";
import { nameOfGroup, nameOfStep, say } from "./words.js";

/**
 * The editing part of the studio. The edit of a field depends on its old value, so it is made for the script as it will be
 * after the edits that still wait for the computer. The subclass provides `document`, `form`, `open`, `lengthOf`, `tell`,
 * `announce`, `whileHere` and `whileThere`.
 */
export class ScriptEdits {
  edit(operations, { open, key, focus } = {}) {
    return this.document.edit(operations, { open, key, focus, isWanted: Array.isArray(focus) ? this.whileHere() : this.whileThere() });
  }

  set(path, value, key = "") {
    return this.edit([{ op: "set", path, value: withEnd(value, this.document.expected(path)) }], { key });
  }

  setOrRemove(path, value) {
    if (value) return this.set(path, value);
    return this.document.expected(path) === undefined ? null : this.edit([{ op: "remove", path }]);
  }

  /** Change a list so that unchanged items stay as they are in the file. */
  setList(path, texts) {
    const wanted = texts.map((text) => text.trim()).filter(Boolean);
    const list = this.document.expected(path);
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
    const node = this.document.expected(path);
    const { full, brief } = wordsOf(node);
    if (typeof node === "string") return this.set(path, isStep(path) ? { say: withEnd(text, node) } : text); // a step needs the key
    const isMap = node?.say !== null && typeof node?.say === "object";
    const next = { full, brief, [which]: text };
    if (node === undefined) return text ? this.set(path, { say: text }) : null;
    if (!next.full && !next.brief) return this.setOrRemove([...path, "say"], "");
    if (isMap) return this.setOrRemove([...path, "say", which], text);
    return this.set([...path, "say"], next.brief ? { full: next.full, brief: next.brief } : next.full);
  }

  setLength(path, ms) {
    const node = this.document.expected(path);
    if (!node) return null; // it is being deleted
    const rounded = Math.round(ms / 1000) * 1000;
    const usesPause = node.for === undefined && node.pause !== undefined;
    const quiet = Math.max(0, Math.round((ms / 1000 - this.lengthOf(path).speech)) * 1000);
    return this.set([...path, usesPause ? "pause" : "for"], scriptLength(usesPause ? quiet : rounded), `time ${JSON.stringify(path)}`);
  }

  setTimeMode(path, mode) {
    const node = this.document.expected(path);
    if (!node) return null;
    const { seconds, speech } = this.lengthOf(path);
    const gone = ["for", "pause"].filter((key) => key !== mode && node[key] !== undefined).map((key) => ({ op: "remove", path: [...path, key] }));
    const quiet = Math.max(1, Math.round((seconds ?? 30) - speech));
    const value = mode === "for" ? scriptLength(Math.max(1, Math.round(seconds ?? 30)) * 1000) : scriptLength(quiet * 1000);
    return this.edit(mode === "words" ? gone : [...gone, { op: "set", path: [...path, mode], value }]);
  }

  /** Change a bed or a chime. `usual` is its sound if the script does not name one. */
  setSound(path, changes, usual) {
    const old = this.document.expected(path);
    const isMap = old && typeof old === "object" && !Array.isArray(old);
    const was = isMap ? old : { sound: old };
    const kept = Object.fromEntries(Object.entries({ ...was, sound: was.sound ?? usual, ...changes }).filter(([, value]) => value !== undefined));
    if (!kept.sound) return this.setOrRemove(path, "");
    if (isMap) {
      const changed = Object.entries(kept).filter(([key, value]) => !same(was[key], value)).map(([key, value]) => ({ op: "set", path: [...path, key], value }));
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
    const list = this.document.expected(path.slice(0, -1));
    const edit = Array.isArray(list) ? { op: "insert", path, value } : { op: "set", path: path.slice(0, -1), value: [value] };
    return this.edit([edit], { open: path, focus: open });
  }

  /** Add a stage at the end, or after the stage at `after` but outside its group. */
  addStage(after = null) {
    const path = ["stages", after ? after[1] + 1 : (this.document.tree?.stages ?? []).length];
    this.form.flush();
    const titles = this.stageTitles();
    const value = { stage: titles.includes(say("new_stage")) ? freeName(say("new_stage"), titles) : say("new_stage"), steps: [{ say: say("new_step_words"), for: "1m" }] };
    document.body.classList.add("form-open");
    return this.edit([path[1] ? { op: "insert", path, value } : { op: "set", path: ["stages"], value: [value] }], { open: path, focus: "field stage" });
  }

  /** Copy a card. A step or stage with a name gets a new one, because names are unique. */
  copy(path) {
    this.form.flush();
    const to = [...path.slice(0, -1), path[path.length - 1] + 1];
    const node = this.document.shown(path);
    const key = isStep(path) ? "step" : "stage";
    const names = isStep(path) ? (this.document.expected(path.slice(0, -1)) ?? []).map(nameOf) : this.stageTitles();
    const operations = [{ op: "copy", path, to }];
    if (node?.[key]) operations.push({ op: "set", path: [...to, key], value: freeName(String(node[key]), names) });
    return this.edit(operations, { open: to, focus: to });
  }

  stageTitles() {
    return stagesOf(this.document.expectedVersion.tree).map(({ node }) => String(node?.stage ?? ""));
  }

  /** Put a stage into a group that is played once for each side. Its text and comments are moved but not changed. */
  repeatForSides(path) {
    if (groupOf(this.document.expectedPath(path) ?? path).length) return null; // it is being put into one
    this.form.flush();
    const title = String(this.document.shown(path)?.stage ?? "");
    const stage = [...path, "stages", 0];
    const group = { each: { side: [say("side_left"), say("side_right")] }, stages: [{ stage: "{side}", steps: [{ say: "{side}" }] }] };
    const operations = [{ op: "insert", path, value: group }, { op: "move", path: [path[0], path[1] + 1], to: stage }, { op: "remove", path: [...path, "stages", 1] }];
    if (!title.includes("{side}")) operations.push({ op: "set", path: [...stage, "stage"], value: `${title}, {side}` });
    return this.edit(operations, { open: stage, focus: "field stage" });
  }

  ungroup(path) {
    this.form.flush();
    return this.edit(ungroupOperations(this.document.shown(path), path), { open: path, focus: path });
  }

  /** Delete a card. A group is deleted along with its last stage. */
  remove(path) {
    if (!path.length) return null;
    let gone = path;
    while (isStage(gone) && groupOf(gone).length && this.isLast(gone)) gone = groupOf(gone);
    if (this.isLast(gone)) return this.tell(say(isStep(path) ? "last_step" : "last_stage"));
    const list = at(this.document.tree, gone.slice(0, -1));
    const next = [...gone.slice(0, -1), Math.min(gone[gone.length - 1], list.length - 2)];
    const name = this.nameAt(gone);
    const done = this.edit([{ op: "remove", path, unlessLast: isStep(path) || path.length === 2 }, ...ifEmpty(isStage(path) ? groupOf(path) : [])], { open: next, focus: next });
    this.announce(say("deleted", { name }));
    return done;
  }

  /** Whether a card is the only one in its list, once all edits that wait are carried out. */
  isLast(path) {
    return this.document.expected(path.slice(0, -1))?.length === 1;
  }

  /** Move a card. `to` is the index before the card is removed. */
  move(from, to) {
    const parent = to.slice(0, -1);
    const last = to[to.length - 1];
    const within = same(parent, from.slice(0, -1)) && last > from[from.length - 1] ? last - 1 : last;
    return this.moveTo(from, [...moved(parent, from, [...from.slice(0, -1), Infinity]), within]);
  }

  /**
   * Move a card. `target` is its path once it has been taken out. A stage gets the placeholder that its new group needs
   * in the title, and loses that of its old one. A group goes with its last stage.
   */
  moveTo(from, target) {
    const [source, parent] = [from.slice(0, -1), target.slice(0, -1)];
    const [old, next] = [groupOf(from), groupOf(inserted(target, from))];
    const stays = same(source, parent);
    const isLast = !stays && this.isLast(from);
    if (isLast && !(isStage(from) && old.length)) return this.tell(say(isStep(from) ? "last_step" : "last_stage"));
    const name = this.nameAt(from);
    const operations = [{ op: "move", path: from, to: target, unlessLast: !stays && isStep(from) }];
    this.form.flush();
    const node = this.document.shown(from);
    if (!stays && isStage(from) && !isGroup(node)) {
      const [lost] = withoutPlaceholder(node, target, this.document.at(old)?.each);
      const [gained] = withPlaceholder(lost ? { stage: lost.value } : node, target, this.document.at(next)?.each);
      if (gained ?? lost) operations.push(gained ?? lost);
    }
    const emptied = stays || !isStage(from) ? [] : inserted(old, target);
    operations.push(...ifEmpty(emptied));
    const end = isLast ? removed(target, emptied) : target;
    const open = same(this.open.slice(0, from.length), from) ? [...end, ...this.open.slice(from.length)] : end;
    const done = this.edit(operations, { open, focus: end });
    const place = { name, n: end[end.length - 1] + 1 };
    const into = stays ? null : isStep(from) ? this.nameAt(inserted(target, from).slice(0, -2)) : next.length ? this.nameAt(next) : "";
    this.announce(into === null ? say("moved", place) : into ? say("moved_into", { ...place, into }) : say("moved_out", place));
    return done;
  }

  nameAt(path) {
    const node = this.document.at(path);
    return isStep(path) ? nameOfStep(node) : isGroup(node) ? nameOfGroup(node) : String(node?.stage ?? "");
  }

  /** Move a card by one place: a step can also move into the next stage, and a stage into or out of a group. */
  shift(path, by) {
    const list = path.slice(0, -1);
    const index = path[path.length - 1] + by;
    const cards = at(this.document.tree, list);
    const isInside = index >= 0 && index < cards.length;
    if (isStage(path) && !isGroup(cards[path[path.length - 1]])) {
      if (isInside && isGroup(cards[index])) {
        const group = [...list, by > 0 ? index - 1 : index];
        return this.moveTo(path, [...group, "stages", by > 0 ? 0 : cards[index].stages.length]);
      }
      const group = groupOf(path);
      if (!isInside && group.length) return this.moveTo(path, [...group.slice(0, -1), group[group.length - 1] + (by > 0 ? 1 : 0)]);
    }
    if (isInside) return this.moveTo(path, [...list, index]);
    if (!isStep(path)) return null;
    const stages = stagesOf(this.document.tree).filter(({ group }) => !group);
    const other = stages[stages.findIndex((stage) => same(stage.path, list.slice(0, -1))) + by];
    return other ? this.moveTo(path, [...other.path, "steps", by > 0 ? 0 : other.node.steps.length]) : null;
  }

  /** Add the stages, needs and precautions from a draft. */
  addDraft(tree) {
    if (!this.document.tree) return null;
    const { expectedVersion: { tree: own }, tree: { stages = [] } } = this.document;
    const operations = (tree.stages ?? []).map((value, index) => ({ op: "insert", path: ["stages", stages.length + index], value }));
    for (const key of ["needs", "safety"]) {
      const added = Array.isArray(tree[key]) ? tree[key].filter((text) => !(own[key] ?? []).includes(text)) : [];
      if (!added.length) continue;
      operations.push(...(Array.isArray(own[key]) ? added.map((value, index) => ({ op: "insert", path: [key, own[key].length + index], value })) : [{ op: "set", path: [key], value: added }]));
    }
    const open = ["stages", stages.length];
    return this.edit(operations, { open, focus: open });
  }
}

/** The operations that remove a group and the groups around it, if they are empty. */
const ifEmpty = (group) => (group.length ? [{ op: "remove", path: group, ifEmpty: true }, ...ifEmpty(groupOf(group))] : []);

/** Add the placeholder of a group to the title of a stage that has just been moved into it. */
function withPlaceholder(node, path, each) {
  const [name] = Object.keys(each ?? {});
  const title = String(node?.stage ?? "");
  return !name || title.includes(`{${name}}`) ? [] : [{ op: "set", path: [...path, "stage"], value: `${title}, {${name}}` }];
}

/** Remove the placeholder from the title of a stage that has just been moved out of its group. */
function withoutPlaceholder(node, path, each) {
  const [name] = Object.keys(each ?? {});
  const title = String(node?.stage ?? "");
  const plain = title.replaceAll(`, {${name}}`, "").replaceAll(`{${name}}`, "").replaceAll("  ", " ").trim();
  return !name || !plain || plain === title ? [] : [{ op: "set", path: [...path, "stage"], value: plain }];
}

/** Keep the final line break of text that is on lines of its own in the script, so that only these lines change. */
const withEnd = (value, old) => (typeof value === "string" && typeof old === "string" && /[^\n]$/.test(value) && old.endsWith("\n") ? `${value}\n` : value);

/** A numbered name that is not taken. */
function freeName(name, names) {
  const stem = name.replace(/ \d+$/, "");
  for (let number = 2; ; number += 1) if (!names.includes(`${stem} ${number}`)) return `${stem} ${number}`;
}
