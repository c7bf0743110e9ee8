// Hear one step. Its audio arrives in parts, so that the first words are heard at once, however long the step is.

import { api } from "./api.js";
import { isStep, same } from "./script-paths.js";

const FIRST_S = 5;
const PART_S = 20;
const AHEAD_S = 10;
const PREPARE_MS = 300;
const RATE = 48_000;

export class Hearing {
  /** `changed()` is called when it starts or stops, and in every frame while it plays. */
  constructor(changed, failed) {
    Object.assign(this, { changed, failed, turn: 0, step: null, context: null });
  }

  isPlaying(path) {
    return this.step !== null && same(this.step.path, path);
  }

  /** Whether its first words are still being synthesized. */
  get isWaiting() {
    return this.step !== null && this.step.zero === undefined;
  }

  /** The playback position within the step, in seconds. */
  get at() {
    return this.step?.zero === undefined ? 0 : Math.max(0, this.context.currentTime - this.step.zero);
  }

  /** Have a step synthesized in advance, line by line, a moment after the last change. */
  prepare(document, pathNow) {
    clearTimeout(this.preparing);
    this.preparing = setTimeout(async () => {
      if (this.isAsking) return this.prepare(document, pathNow);
      const [path, { name, text }] = [pathNow(), document];
      const isWanted = () => isStep(path) && same(pathNow(), path) && document.name === name && document.text === text && !this.step && !document.stale && !document.waiting.length;
      this.isAsking = true;
      try {
        while (isWanted() && (await api.prepare(name, text, path)).missing);
      } catch { /* errors are reported when the step is played */ }
      this.isAsking = false;
      return null;
    }, PREPARE_MS);
  }

  /** Play a step, or stop it if it is playing. */
  async toggle(document, path, turn = 0) {
    const stops = this.isPlaying(path);
    this.stop();
    if (stops) return;
    const mine = this.turn;
    this.context ??= new AudioContext({ sampleRate: RATE });
    this.context.resume();
    this.step = { path, turn, nodes: [] };
    this.changed();
    try {
      await document.settled();
      await this.play(document.name, document.text, mine);
    } catch (error) {
      if (mine !== this.turn) return;
      this.stop();
      this.failed(error);
    }
  }

  async play(name, text, mine) {
    const { step, context } = this;
    let heard = 0;
    for (let length = Infinity; heard < length - 0.001;) {
      const part = await api.hear(name, text, step.path, step.turn, heard, heard ? PART_S : FIRST_S);
      if (mine !== this.turn) return;
      if (part.missing) continue;
      const sound = await context.decodeAudioData(part.wav);
      if (mine !== this.turn) return;
      if (!heard) {
        step.zero = context.currentTime + 0.03;
        this.watch(mine);
      }
      const node = context.createBufferSource();
      node.buffer = sound;
      node.connect(context.destination);
      // A part that arrives late starts late, and so does everything after it.
      step.zero = Math.max(step.zero, context.currentTime - heard);
      node.start(step.zero + heard);
      step.nodes.push(node);
      heard += sound.duration;
      length = step.length = part.length;
      while (mine === this.turn && heard < length && heard - this.at > AHEAD_S) await new Promise((resolve) => setTimeout(resolve, 200));
      if (mine !== this.turn) return;
    }
  }

  watch(mine) {
    if (mine !== this.turn) return;
    if (this.step.length !== undefined && this.at >= this.step.length) return this.stop();
    this.changed();
    requestAnimationFrame(() => this.watch(mine));
  }

  stop() {
    this.turn += 1;
    const was = this.step;
    this.step = null;
    for (const node of was?.nodes ?? []) node.stop();
    if (was) this.changed();
  }
}
