// Edits that wait for the computer, when the script becomes another version before they are carried out.

import { identify, knownLength, pathInVersion, pathOf } from "./identities.js";
import { applied, at, isCarriedOut, same } from "./script-paths.js";

/**
 * Have edits follow what they change from one version, {tree, identities}, into another. An edit is {operations, open, focus}
 * and is changed in place. Its operations are relative to the version after all edits before it.
 *
 * If a node is gone, an operation that sets a value in it is left out, and an edit that adds, removes or moves is left out
 * as a whole. What an edit would have done is then in `lost`. Such an edit `isLost`, so that the user is told, unless it
 * set no value and it `isCertain` that the node is gone, because the versions were made by operations. If `isListKnown`, the
 * operations in lists of plain values are those of `after` already.
 */
export function relocate(edits, before, after, { isCertain, isListKnown = false }) {
  for (const edit of edits) {
    const [start, { operations }] = [after, edit];
    const found = [];
    for (const operation of operations) {
      const there = relocated(operation, before, after, isListKnown);
      const from = versionAfter(before, operation);
      if (there) {
        found.push(there);
        after = versionAfter(after, there, at(from.identities, operation.to ?? operation.path ?? []));
      }
      before = from;
    }
    const setsOnly = operations.every(({ op }) => op === "set");
    const isWhole = found.length === operations.length || (setsOnly && found.length > 0);
    if (!isWhole) after = start;
    const place = (path) => (Array.isArray(path) && isWhole ? pathInVersion(after.identities, before.identities, path) ?? undefined : path);
    const [left, lost] = isWhole ? [found, []] : [[], operations];
    Object.assign(edit, { operations: left, lost, isLost: !isWhole && (setsOnly || !isCertain), open: place(edit.open), focus: place(edit.focus) });
  }
}

/** The version after an operation. What it adds has a new identity, or that of `added`. */
export function versionAfter({ tree, identities }, operation, added = null) {
  if (!isCarriedOut(tree, operation)) return { tree, identities };
  const made = (node) => added ?? identify(node);
  return { tree: applied(tree, [operation]), identities: operation.op === "set" ? identities : applied(identities, [operation], made) };
}

/** An operation in another version, or null if what it changes is gone. */
function relocated(operation, before, after, isListKnown) {
  const { op, path, to } = operation;
  if (!path) return operation; // a new text or total
  const list = listIn(before.identities, path);
  if (list && !isListKnown) return relocatedInList(operation, list, before, after);
  if (list) return withPath(operation, pathInVersion(after.identities, before.identities, path));
  if (op === "insert") return withPath(operation, placeIn(before, after, path));
  const place = pathInVersion(after.identities, before.identities, path);
  if (place === null || !to) return withPath(operation, place);
  const without = (version, gone) => (op === "move" ? versionAfter(version, { op: "remove", path: gone }) : version); // as `to` is after that
  const target = placeIn(without(before, path), without(after, place), to);
  return target && { ...operation, path: place, to: target };
}

const withPath = (operation, path) => path && { ...operation, path };

/** The path of the list of plain values that a path leads into, such as the needs of a routine, or null. */
function listIn(identities, path) {
  const known = knownLength(identities, path);
  const end = path.findIndex((key, index) => index > known && typeof key === "number");
  const isAdded = end === known + 1 && at(identities, path.slice(0, end)); // to a list whose nodes have identities
  return end < 0 || isAdded ? null : path.slice(0, end);
}

/** If a list of plain values is another one, its items cannot be told apart, so all of it is set as it has been edited. */
function relocatedInList(operation, list, before, after) {
  const place = pathInVersion(after.identities, before.identities, list);
  if (!place) return null;
  if (same(at(before.tree, list), at(after.tree, place))) return { ...operation, path: [...place, ...operation.path.slice(list.length)] };
  return { op: "set", path: place, value: at(applied(before.tree, [operation]), list) };
}

/** The place after the same node as before, the nearest one that the other version has, and after what was added there since. */
function placeIn(before, after, path) {
  const [parent, index] = [path.slice(0, -1), path[path.length - 1]];
  const place = pathInVersion(after.identities, before.identities, parent);
  if (!place) return null;
  const ids = (at(after.identities, place) ?? []).map(({ id }) => id);
  const earlier = (at(before.identities, parent) ?? []).slice(0, index).map(({ id }) => ids.indexOf(id));
  let end = 1 + (earlier.reverse().find((found) => found >= 0) ?? -1);
  while (end < ids.length && !pathOf(before.identities, ids[end])) end += 1;
  return [...place, end];
}
