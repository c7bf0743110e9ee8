// A kit: everything needed to assemble any version of a routine without the computer. See docs/phone-format.md.

import { assemble, audible, BlobMaker, volumeLimits } from "./kit-assemble.js";
import { sessionPlan } from "./kit-plan-for-verify.js";
import { savedFile } from "./kit-save.js";
import { share } from "./kit-fit-to-total.js";
import { describe, MS, place, plainSettings, RATE, rowsOf } from "./kit-timeline.js";


export { plainSettings };

export class Kit {
  /** `json` is the kit's document. `read(id)` returns a promise of the bytes of a loop or piece. */
  constructor(json, read) {
    this.json = json;
    this.read = read;
    this.frames = new Map();
    this.blobs = new BlobMaker();
  }

  /** The rows that the page shows: every step that is not skipped. */
  rows(settings) {
    return rowsOf(this.json, settings);
  }

  /** The timeline, in the shape of `voiceguide plan --json`. */
  timeline(settings) {
    return describe(this.json, place(this.json, settings));
  }

  /** The limits, in milliseconds, of a row from `rows`, and the reason for each limit. */
  limits({ tables }) {
    const { min, max, min_reason: minReason, max_reason: maxReason } = tables;
    return { min: Math.ceil(min / MS), max: Math.floor(max / MS), minReason, maxReason };
  }

  /** Return settings with a different total, or {reason, shortest, longest}. Lengths set by the user are kept. */
  share(totalMs, settings) {
    const shared = share(this.json, settings, totalMs);
    if (shared.reason) return shared;
    return { ...settings, total: totalMs, given: shared.given };
  }

  /** Return settings with the lengths of some steps changed, such as those of the same step on each side. A total that was set before is discarded. */
  set(settings, targets, ms) {
    const changed = Object.fromEntries(targets.map((target) => [target, ms]));
    const kept = this.withoutTotal(settings);
    return { ...kept, lengths: { ...kept.lengths, ...changed } };
  }

  /** Return settings in which the lengths that the total gave the steps are lengths set by the user, in whole milliseconds. */
  withoutTotal(settings) {
    const given = Object.entries(settings.given).map(([target, ms]) => [target, Math.round(ms)]);
    return { ...settings, total: null, given: {}, lengths: { ...settings.lengths, ...Object.fromEntries(given) } };
  }

  /** The reason why these stages cannot be left out together, or null. */
  skipReason(titles) {
    const { stages, conflicts } = this.json;
    if (titles.length && stages.every(({ title }) => titles.includes(title))) return "keep-one";
    const found = conflicts.find((conflict) => conflict.stages.every((number) => titles.includes(stages[number].title)));
    return found ? found.reason : null;
  }

  /**
   * The overrides that make the computer build the same session: {set: {target: "90s"}, skip}. A step that shares its
   * length with the same step elsewhere is always set, because it could otherwise get its length from that step.
   */
  overrides(settings) {
    const rows = this.rows(settings);
    const count = new Map();
    for (const { both } of this.json.stages.flatMap((stage) => stage.steps)) count.set(both, (count.get(both) ?? 0) + 1);
    const chosen = { ...settings.given, ...settings.lengths };
    const changed = settings.skip.length > 0 || Object.keys(chosen).length > 0;
    const set = rows.filter(({ step }) => step.target in chosen || (changed && count.get(step.both) > 1));
    const seconds = (length) => `${Number((length / RATE).toFixed(6))}s`;
    return { set: Object.fromEntries(set.map(({ step, length }) => [step.target, seconds(length)])), skip: [...settings.skip] };
  }

  /** The lengths of the steps that consist of breaths, in milliseconds by target. A total changes them only on the computer. */
  breathLengths(settings) {
    const breaths = this.rows(settings).filter(({ tables }) => tables.max_reason === "breaths");
    return Object.fromEntries(breaths.map(({ step, length }) => [step.target, length / MS]));
  }

  /** The lowest and the highest volume in dB, as {voiceDb, bedDb}. */
  volumeLimits() {
    return volumeLimits(this.json, this.frames);
  }

  hasAll() {
    return [...this.json.loops, ...this.json.pieces].every(({ id }) => this.frames.has(id));
  }

  /** Load all missing loops and pieces, in the order of the kit. `progress` is called with the fraction that has been loaded. */
  async load(progress = () => {}) {
    const wanted = [...this.json.loops, ...this.json.pieces].filter(({ id }) => !this.frames.has(id));
    let done = 0;
    const next = async () => {
      for (let item = wanted.shift(); item; item = wanted.shift()) {
        this.frames.set(item.id, new Uint8Array(await this.read(item.id)));
        done += 1;
        progress(done / (done + wanted.length));
      }
    };
    await Promise.all([next(), next(), next(), next()]);
  }

  /** Return the session as an MP3 file with tags and chapters. `name` is appended to the title. */
  async save(chosen, name = "") {
    const settings = audible(this.json, chosen, this.frames);
    const laid = place(this.json, settings);
    const assembled = assemble(this.json, laid, settings, this.frames);
    const plan = await sessionPlan(this.json, laid, assembled, this.frames, settings);
    const { tags } = this.json;
    return savedFile({ ...tags, title: name ? `${tags.title} \u2013 ${name}` : tags.title }, plan, assembled.parts);
  }

  /** Assemble a session. Return {timeline, blob, joints}. The Blob is an MP3 file without tags. */
  assemble(settings) {
    const laid = place(this.json, settings);
    const assembled = assemble(this.json, laid, audible(this.json, settings, this.frames), this.frames);
    return { timeline: describe(this.json, laid), blob: this.blobs.blob(assembled), joints: assembled.planned.joints };
  }
}

/** The kit that is part of this page, or null. Its frames are decoded when they are first needed. */
export function kitInPage() {
  const json = document.getElementById("kit");
  if (!json) return null;
  const read = async (id) => {
    const text = atob(document.getElementById(`frames-${id}`).textContent);
    const bytes = new Uint8Array(text.length);
    for (let index = 0; index < text.length; index += 1) bytes[index] = text.charCodeAt(index);
    return bytes;
  };
  return new Kit(JSON.parse(json.textContent), read);
}
