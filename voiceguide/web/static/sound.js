// The audio of a session: one audio element with one Blob. If the browser fails to play it, it is loaded again.

import { unlock } from "./unlock.js";
import { WakeLock } from "./wake-lock.js";

const MOST_RETRIES = 3;
const TICK_MS = 500;
const STALLED_TICKS = 8;
const NUDGE_S = 0.01;
const READY = 3; // HAVE_FUTURE_DATA
const EARLY_END_S = 2;

export class Sound {
  /**
   * `changed` is called when the position or state may have changed, `failed` if the audio cannot be played, and
   * `stopped` if another tab has started to play.
   */
  constructor(element, changed, ended, failed, stopped) {
    Object.assign(this, { element, changed, ended, failed });
    this.awake = new WakeLock();
    this.tabs = "BroadcastChannel" in globalThis ? new BroadcastChannel("voiceguide") : null;
    this.total = 0;
    this.target = null; // the position at which a sound that is being loaded will continue
    this.retries = 0;
    this.seeks = 0; // the number of seeks to the target in the audio that is being loaded
    this.wanted = false; // whether the user wants it to play
    for (const event of ["timeupdate", "seeked", "loadedmetadata", "playing"]) element.addEventListener(event, () => this.moved(event));
    for (const event of ["play", "pause"]) element.addEventListener(event, () => this.turned());
    element.addEventListener("ended", () => this.reachedEnd());
    element.addEventListener("error", () => element.src && this.blob && this.heal());
    this.tabs?.addEventListener("message", stopped);
  }

  get playing() {
    return !this.element.paused && !this.element.ended;
  }

  /** The position in seconds or, while audio is loading, the position from which it will continue. */
  get at() {
    return this.target ?? this.element.currentTime;
  }

  /** Play silence during a tap, so that the browser allows playback later. */
  unlock() {
    this.blob = null;
    unlock(this.element);
  }

  /** Load a Blob that contains an MP3 file, and seek to a position. */
  load(blob, total, at) {
    Object.assign(this, { blob, total, retries: 0 });
    this.setSource(blob, at);
  }

  setSource(blob, at) {
    const old = this.element.src;
    this.target = at;
    this.seeks = 0;
    this.element.src = URL.createObjectURL(blob);
    if (old.startsWith("blob:")) URL.revokeObjectURL(old);
    this.element.currentTime = at;
    if (this.wanted) this.play();
  }

  async play() {
    this.wanted = true;
    this.watch();
    this.tabs?.postMessage("plays");
    try {
      await this.element.play();
      return true;
    } catch (error) {
      if (error.name === "NotAllowedError") this.wanted = false; // the browser requires a tap first
      return false;
    }
  }

  pause() {
    this.wanted = false;
    this.element.pause();
  }

  seek(seconds) {
    const at = Math.min(Math.max(0, seconds), Math.max(0, this.total - 0.05));
    if (this.target !== null) this.target = at;
    this.element.currentTime = at;
    this.changed();
  }

  close() {
    this.pause();
    clearInterval(this.watching);
    this.blob = null;
    if (this.element.src.startsWith("blob:")) URL.revokeObjectURL(this.element.src);
    this.element.removeAttribute("src");
    this.awake.release();
  }

  /** Seek to the target again if the browser has lost it. Safari forgets a position set before the audio was loaded. */
  moved(event) {
    const { element, target } = this;
    const isThere = target === null || Math.abs(element.currentTime - target) < (event === "loadedmetadata" ? 0.1 : 1);
    const isReady = event === "loadedmetadata" || (element.readyState >= 2 && !element.seeking);
    if (isReady && !isThere) {
      this.seeks += 1;
      if (this.seeks <= MOST_RETRIES) element.currentTime = target;
      else if (this.seeks === MOST_RETRIES + 1) this.heal();
    } else if (isReady && event !== "loadedmetadata") this.target = null;
    this.changed();
  }

  turned() {
    if (this.playing) this.awake.keep();
    else this.awake.release();
    if (this.element.paused && !this.element.ended && this.target === null) this.wanted = false; // paused by the phone, for a call or without headphones
    this.changed();
  }

  /** Handle the end of playback. Some browsers end playback too early after a seek near the end. */
  reachedEnd() {
    if (!this.blob) return;
    if (this.total - this.element.currentTime > EARLY_END_S && this.retries < MOST_RETRIES) return void this.heal();
    this.wanted = false;
    this.awake.release();
    this.ended();
  }

  /**
   * Watch whether the audio moves while it should be playing. Some browsers report nothing when they stall. WebKitGTK
   * stands still after loading until it is sought once more. If seeking does not help, load the audio again.
   */
  watch() {
    clearInterval(this.watching);
    let before = null;
    let still = 0;
    this.watching = setInterval(() => {
      const { element } = this;
      const moves = before !== null && this.target === null && element.currentTime - before > NUDGE_S;
      still = !moves && this.wanted && this.playing && this.blob ? still + 1 : 0;
      if (moves) this.retries = 0;
      if (still && element.readyState >= READY) element.currentTime += NUDGE_S;
      before = element.currentTime;
      if (still === STALLED_TICKS) this.heal();
    }, TICK_MS);
  }

  /** Load a copy of the same audio at the same position, because some browsers fail to read a Blob with many parts. */
  async heal() {
    if (this.retries >= MOST_RETRIES) return void this.failed();
    this.retries += 1;
    this.target = this.at;
    const { blob } = this;
    const copy = new Blob([await blob.arrayBuffer()], { type: blob.type });
    if (this.blob === blob) this.setSource(copy, this.at);
  }
}
