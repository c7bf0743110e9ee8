// Navigate the tree of a script. A path is a list such as ["stages", 0, "steps", 1].

export const same = (one, other) => JSON.stringify(one) === JSON.stringify(other);
export const at = (tree, path) => path.reduce((node, key) => node?.[key], tree);
export const isGroup = (node) => Boolean(node && typeof node === "object" && Array.isArray(node.stages));
export const isStep = (path) => path[path.length - 2] === "steps";
export const isStage = (path) => path[path.length - 2] === "stages";

/** The path of the group that a stage or a group is in, or []. */
export const groupOf = (path) => (isStage(path.slice(0, -2)) ? path.slice(0, -2) : []);

/** The name of the placeholder of a group and its values: ["side", ["left", "right"]], or ["", []] if it has none. */
export function valuesOf(each) {
  const isMap = each && typeof each === "object" && !Array.isArray(each);
  const [name, values] = (isMap && Object.entries(each)[0]) || ["", []];
  return [name, [values].flat().map(String).filter((text) => text.trim())];
}

/** The stages and groups of a script in reading order: [{path, node, group}]. */
export function stagesOf(tree, path = ["stages"]) {
  const list = at(tree, path);
  if (!Array.isArray(list)) return [];
  return list.flatMap((node, index) => {
    const here = [...path, index];
    return isGroup(node) ? [{ path: here, node, group: true }, ...stagesOf(tree, [...here, "stages"])] : [{ path: here, node, group: false }];
  });
}

/** All steps in reading order: [{path, node}]. */
export function stepsOf(tree) {
  return stagesOf(tree).filter(({ group }) => !group).flatMap(({ path, node }) =>
    (Array.isArray(node?.steps) ? node.steps : []).map((step, index) => ({ path: [...path, "steps", index], node: step })));
}

/** The spoken text of a step, a cue or a switch: {full, brief}. */
export function wordsOf(node) {
  if (typeof node === "string") return { full: node, brief: "" };
  const say = node && typeof node === "object" ? node.say : null;
  if (say && typeof say === "object") return { full: String(say.full ?? ""), brief: String(say.brief ?? "") };
  return { full: say === undefined || say === null ? "" : String(say), brief: "" };
}

/** The name that a script gives to a step: its own, or its first words. See also `nameOfStep`. */
export function nameOf(node) {
  if (node?.step) return String(node.step);
  const words = wordsOf(node).full.trim().split(/\s+/);
  return words.slice(0, 5).join(" ").replace(/[.,;:]$/, "") + (words.length > 5 ? "\u2026" : "");
}

/** The path that the node at `path` has after the node at `from` is moved to `to`. The index in `to` applies after the removal of `from`. */
export function moved(path, from, to) {
  if (same(path.slice(0, from.length), from)) return [...to, ...path.slice(from.length)];
  return inserted(removed(path, from), to);
}

const listOf = (node) => (Array.isArray(node) ? node : node?.stages);

/**
 * Whether an operation is carried out on a tree, which depends on the edits before it: a list or a group that is to be removed
 * `ifEmpty` stays if it is not, and a card that is to be removed or moved `unlessLast` stays if it is the last of its list.
 */
export function isCarriedOut(tree, { path, ifEmpty, unlessLast }) {
  if (ifEmpty) return listOf(at(tree, path))?.length === 0;
  return !unlessLast || at(tree, path.slice(0, -1))?.length !== 1;
}

/** The operations that are carried out on a tree, one after another. */
export function carriedOut(tree, operations) {
  const kept = operations.filter((operation) => {
    if (!isCarriedOut(tree, operation)) return false;
    tree = applied(tree, [operation]);
    return true;
  });
  return kept.map(({ ifEmpty, unlessLast, ...operation }) => operation);
}

/** The tree after operations. Those that do not fit the tree are left out. `made` makes what is added of what is given. */
export function applied(tree, operations, made = structuredClone) {
  const next = structuredClone(tree ?? {});
  for (const { op, path, to, value } of operations.filter((operation) => operation.path)) {
    const node = op === "move" ? at(next, path) : made(op === "copy" ? at(next, path) : value);
    if (op === "remove" || op === "move") take(next, path);
    if (op === "set") put(next, path, node, 1);
    else if (op !== "remove") put(next, to ?? path, node, 0);
  }
  return next;
}

function take(tree, path) {
  const [parent, key] = [at(tree, path.slice(0, -1)), path[path.length - 1]];
  if (Array.isArray(parent)) parent.splice(key, 1);
  else if (parent && typeof parent === "object") delete parent[key];
}

function put(tree, path, node, replaced) {
  const [parent, key] = [at(tree, path.slice(0, -1)), path[path.length - 1]];
  if (Array.isArray(parent)) parent.splice(key, replaced, node);
  else if (parent && typeof parent === "object") parent[key] = node;
}

/** The path that a node has after another node is removed. */
export function removed(path, gone) {
  return shift(path, gone, (index, last) => (index > last ? index - 1 : index));
}

/** The path that a node has after another node is inserted. */
export function inserted(path, added) {
  return shift(path, added, (index, last) => (index >= last ? index + 1 : index));
}

function shift(path, other, change) {
  const depth = other.length - 1;
  if (path.length <= depth || typeof path[depth] !== "number" || !same(path.slice(0, depth), other.slice(0, depth))) return path;
  return [...path.slice(0, depth), change(path[depth], other[depth]), ...path.slice(depth + 1)];
}
