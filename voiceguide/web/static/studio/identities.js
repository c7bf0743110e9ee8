// Which stages, steps and cues of a script are the same in its versions. A version has a tree of identities: {id}, with the
// same lists as the script.

import { applied, at, stagesOf, stepsOf, wordsOf } from "./script-paths.js";

export const LISTS = ["stages", "steps", "cues"];
let given = 0;

/** The identities of a tree. `known` are those at the same paths; all others are new. */
export function identify(node, known = null) {
  const lists = LISTS.filter((key) => Array.isArray(node?.[key])).map((key) => [key, node[key].map((item, index) => identify(item, known?.[key]?.[index]))]);
  const made = { id: known?.id ?? (given += 1), ...Object.fromEntries(lists) };
  const isKnown = LISTS.every((key) => made[key]?.length === known?.[key]?.length && (made[key] ?? []).every((item, index) => item === known[key][index]));
  return known?.id && isKnown ? known : made; // so that versions share what they have in common
}

/** The identities after operations. A copy has new ones. */
export function identitiesAfter(identities, operations) {
  const others = operations.filter(({ op }) => op !== "set"); // what is set stays what it is
  return others.length ? applied(identities, others, (node) => identify(node)) : identities;
}

/**
 * The identities of a text that was not made by operations. A stage or group is the one that has the same steps. Whatever cannot be
 * recognized for certain gets a new one.
 */
export function identitiesByContents(before, identities, after) {
  const made = identify(after);
  const [known, kept] = [new Set(), new Set()];
  const keep = (path, from) => {
    const [node, { id }] = [at(made, path), at(identities, from)];
    if (known.has(node) || kept.has(id)) return;
    known.add(node);
    kept.add(id);
    node.id = id;
  };
  keep([], []);
  for (const [old, next] of pairs(stepsOf(before), stepsOf(after))) {
    keep(next.path, old.path);
    for (const [cue, nextCue] of pairs(cuesOf(old), cuesOf(next))) keep(nextCue.path, cue.path);
    for (let up = 2; up < Math.min(old.path.length, next.path.length); up += 2) keep(next.path.slice(0, -up), old.path.slice(0, -up));
  }
  for (const [old, next] of pairs(stagesOf(before), stagesOf(after), ({ stage }) => stage)) keep(next.path, old.path);
  return made;
}

/** The path of the node with an identity, or null if this version does not have it. */
export function pathOf(identities, id, path = []) {
  if (identities.id === id) return path;
  for (const key of LISTS)
    for (const [index, item] of (identities[key] ?? []).entries()) {
      const found = pathOf(item, id, [...path, key, index]);
      if (found) return found;
    }
  return null;
}

/** The path of the same node in another version, or null if that does not have it. */
export function pathInVersion(after, before, path) {
  const end = knownLength(before, path);
  const place = pathOf(after, at(before, path.slice(0, end)).id);
  return place && [...place, ...path.slice(end)];
}

/** The length of the part of a path that leads to a node with an identity. */
export function knownLength(identities, path) {
  let end = path.length;
  while (!at(identities, path.slice(0, end))?.id) end -= 1;
  return end;
}

const cuesOf = ({ path, node }) => (Array.isArray(node?.cues) ? node.cues : []).map((cue, index) => ({ path: [...path, "cues", index], node: cue }));

/**
 * The pairs of items in two lists that are the same. Items have the same name or words, which no others have. Between
 * two such pairs, all items with the same words are paired in order, unless some are missing or could have been swapped, and
 * a single item with similar words is paired.
 */
function pairs(before, after, titleOf = ({ step }) => step) {
  const found = [];
  const numbers = new Map(); // of the pairs that items are in
  const match = (keysOf, fitting) => {
    const [olds, nexts] = [before, after].map((items) => grouped(items, keysOf(items), numbers));
    for (const [key, group] of olds) {
      const others = nexts.get(key) ?? [];
      for (const index of fitting(group, others)) {
        numbers.set(group[index], found.length).set(others[index], found.length);
        found.push([group[index], others[index]]);
      }
    }
  };
  const between = (items) => {
    const nearest = (list) => {
      let last = null;
      return list.map((item) => {
        const place = last;
        last = numbers.get(item) ?? last;
        return place;
      });
    };
    const [left, right] = [nearest(items), nearest([...items].reverse()).reverse()];
    return items.map((_, index) => JSON.stringify([left[index], right[index]]));
  };
  match((items) => items.map(({ node }) => node && titleOf(node) && String(titleOf(node))), single);
  match((items) => items.map(keyOf), single);
  match((items) => between(items).map((place, index) => place + keyOf(items[index])), inOrder);
  match(between, (olds, nexts) => single(olds, nexts).filter(() => isSimilar(olds[0].node, nexts[0].node)));
  return found;
}

/** The items that are not in a pair yet, by their keys. */
function grouped(items, keys, numbers) {
  const groups = new Map();
  for (const [index, item] of items.entries()) {
    if (!keys[index] || numbers.has(item)) continue;
    if (!groups.has(keys[index])) groups.set(keys[index], []);
    groups.get(keys[index]).push(item);
  }
  return groups;
}

const keyOf = ({ node }) => wordsOf(node).full || JSON.stringify(node);
const single = (olds, nexts) => (olds.length === 1 && nexts.length === 1 ? [0] : []);

/** The indices at which two lists have the same item, unless it could as well be the one at another index. */
function inOrder(olds, nexts) {
  if (olds.length !== nexts.length) return [];
  const [before, after] = [olds, nexts].map((items) => items.map(({ node }) => JSON.stringify(node)));
  const [wasThere, isThere] = [new Set(before), new Set(after)];
  return [...before.keys()].filter((index) => before[index] === after[index] || !(isThere.has(before[index]) || wasThere.has(after[index])));
}

/** Whether at least half of the words are the same. */
function isSimilar(one, other) {
  const [left, right] = [one, other].map((node) => wordsOf(node).full.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? []);
  const shared = left.filter((word) => right.includes(word)).length;
  return shared > 0 && 2 * shared >= Math.max(left.length, right.length);
}
