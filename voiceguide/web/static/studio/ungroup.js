// Replace a group with its stages, so that the session stays the same.

import { isGroup, valuesOf } from "./script-paths.js";

const INHERITED = ["voice", "pace"]; // what a stage gives its steps, but not the switch of its group

/** Whether a group can be replaced with its stages. Its switch is played once after its last stage, so this stage must not be repeated. */
export function canUngroup(node) {
  const [name, values] = valuesOf(node.each);
  if (!name) return true;
  return values.length > 0 && (!node.switch || endsOnce(node));
}

const repeats = ({ repeat }) => !["", "1"].includes(String(repeat ?? "").trim());
const lastOf = (list) => list[list.length - 1];

function endsOnce(node) {
  if (!node || repeats(node)) return false;
  return isGroup(node) ? endsOnce(lastOf(node.stages)) : Array.isArray(node.steps);
}

/**
 * The operations that replace the group at `path` with its stages. If it has values, each value gets stages of its own,
 * with the value in the place of the placeholder and the switch as a step. If it also has a number of repetitions, it
 * stays a group.
 */
export function ungroupOperations(node, path) {
  const { operations, stages } = separated(node, path);
  if (valuesOf(node.each)[0] && repeats(node)) return [...operations, { op: "remove", path: [...path, "each"] }];
  return [...operations, ...dissolved(stages.length, path)];
}

/** The operations that give each value of a group stages of its own within the group, and all its stages afterwards. */
function separated({ stages, each, switch: between, tags }, path) {
  const inside = (number) => [...path, "stages", number];
  const [name, given] = valuesOf(each);
  const values = name ? given : [""];
  const { operations, stages: kept } = between && name ? withPlainEnd(stages, [...path, "stages"]) : { operations: [], stages };
  const all = values.flatMap((value) => kept.map((stage) => ({ stage, value })));
  operations.push(...all.slice(kept.length).map((_, copied) => ({ op: "copy", path: inside(copied % kept.length), to: inside(kept.length + copied) })));
  operations.push(...all.flatMap(({ stage, value }, number) => filled(stage, inside(number), name, value)));
  const made = all.map(({ stage, value }) => withValue(stage, name, value));
  if (between) for (const [pass, value] of values.slice(1).entries()) {
    const number = (pass + 1) * kept.length - 1;
    const step = withValue(typeof between === "string" ? { say: between } : between, name, value);
    const ended = withStep(made[number], step, inside(number));
    operations.push(...ended.operations);
    made[number] = ended.stage;
  }
  if (tags) for (const [number, stage] of made.entries()) {
    const value = [...new Set([stage.tags ?? [], tags].flat())];
    operations.push({ op: "set", path: [...inside(number), "tags"], value });
    made[number] = { ...stage, tags: value };
  }
  return { operations, stages: made };
}

/** The operations that move the stages of a group out of it, and remove the group. */
function dissolved(count, path) {
  const [parent, index] = [path.slice(0, -1), path[path.length - 1]];
  const moves = Array.from({ length: count }, (_, number) => ({ op: "move", path: [...parent, index + number, "stages", 0], to: [...parent, index + number] }));
  return [...moves, { op: "remove", path: [...parent, index + count] }];
}

/** The operations after which the last of the stages at `path` is neither repeated nor a group, and these stages. */
function withPlainEnd(stages, path) {
  const last = lastOf(stages);
  if (!isGroup(last) && !last.each) return { operations: [], stages };
  const place = [...path, stages.length - 1];
  const [operations, group] = isGroup(last) ? [[], last] : wrapped(last, place);
  const own = separated(group, place);
  const rest = withPlainEnd([...stages.slice(0, -1), ...own.stages], path);
  return { operations: [...operations, ...own.operations, ...dissolved(own.stages.length, place), ...rest.operations], stages: rest.stages };
}

/** The operations that put a stage with values into a group with these values, and the group. */
function wrapped({ each, switch: between, ...stage }, path) {
  const group = between === undefined ? { each } : { each, switch: between };
  const inside = [...path, "stages", 0];
  return [[
    { op: "insert", path, value: { ...group, stages: [{ stage: "-", steps: [{ say: "-" }] }] } },
    { op: "move", path: [...path.slice(0, -1), path[path.length - 1] + 1], to: inside },
    { op: "remove", path: [...path, "stages", 1] },
    ...Object.keys(group).map((key) => ({ op: "remove", path: [...inside, key] })),
  ], { ...group, stages: [stage] }];
}

/** The operations that add a step to a stage, without the voice and the pace of the stage, and the stage afterwards. */
function withStep(stage, added, path) {
  const given = INHERITED.filter((key) => stage[key] !== undefined);
  const operations = [];
  const steps = stage.steps.map((step, index) => {
    const missing = Object.fromEntries(given.filter((key) => step[key] === undefined).map((key) => [key, stage[key]]));
    operations.push(...Object.entries(missing).map(([key, value]) => ({ op: "set", path: [...path, "steps", index, key], value })));
    return { ...step, ...missing };
  });
  operations.push(...given.map((key) => ({ op: "remove", path: [...path, key] })), { op: "insert", path: [...path, "steps", steps.length], value: added });
  const kept = Object.fromEntries(Object.entries(stage).filter(([key]) => !given.includes(key)));
  return { operations, stage: { ...kept, steps: [...steps, added] } };
}

/** The operations that fill in a placeholder wherever it is used in the node at `path`. */
function filled(node, path, name, value) {
  if (node && typeof node === "object") return Object.keys(node).flatMap((key) => filled(node[key], [...path, Array.isArray(node) ? Number(key) : key], name, value));
  const text = withValue(node, name, value);
  return text === node ? [] : [{ op: "set", path, value: text }];
}

/** A node with a value in the place of a placeholder. */
function withValue(node, name, value) {
  if (typeof node === "string") return node.replace(/\{([^{}]*)\}/g, (whole, key) => (name && key.trim() === name ? value : whole));
  if (Array.isArray(node)) return node.map((child) => withValue(child, name, value));
  return node && typeof node === "object" ? Object.fromEntries(Object.entries(node).map(([key, child]) => [key, withValue(child, name, value)])) : node;
}
