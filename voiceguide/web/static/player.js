// The player. The screen is derived from audio.currentTime, so it stays correct after a seek or a sleep.

import { drawBars } from "./bars.js";
import { heardUntil, remember } from "./memory.js";
import { clock, countdown, momentAt, stageAfter, stageBefore, stepsOf } from "./timeline.js";
import { WakeLock } from "./wake-lock.js";

const NOT_PLAYABLE = "This audio can't be played here. Go back and try again.";

/** `leave` is called by the Leave button. Without it the button is hidden. */
export class Player {
  constructor(leave) {
    for (const id of ["player", "stage", "left", "words", "next", "paused", "resume", "parts", "sound", "keep"]) {
      this[id] = document.getElementById(id);
    }
    this.totalLeft = document.getElementById("total-left");
    this.whole = document.getElementById("whole-screen");
    this.trouble = this.player.querySelector(".trouble");
    this.awake = new WakeLock();
    this.session = null;
    this.connect(leave);
    this.listenToKeys();
    this.listenToLockScreen();
  }

  connect(leave) {
    const tapped = { "whole-screen": () => this.toggle(), previous: () => this.toPrevious(), following: () => this.toNext(),
      back: () => this.move(-10), forward: () => this.move(10), leave,
      "go-on": () => this.begin(heardUntil(this.session.id)), "from-start": () => this.begin(0) };
    for (const [id, act] of Object.entries(tapped)) {
      if (act) document.getElementById(id).addEventListener("click", act);
      else document.getElementById(id).hidden = true;
    }
    for (const event of ["play", "pause", "ended"]) this.sound.addEventListener(event, () => this.turned());
    for (const event of ["timeupdate", "seeked", "loadedmetadata"]) {
      this.sound.addEventListener(event, () => this.show());
    }
    this.sound.addEventListener("error", () => this.session && this.tell(NOT_PLAYABLE));
    addEventListener("pagehide", () => this.note());
    document.addEventListener("visibilitychange", () => this.note());
  }

  /** Get ready to play {id, plan, audio}. `atOnce` starts without asking, because Play has just been tapped. */
  open(session, atOnce) {
    this.session = session;
    this.steps = stepsOf(session.plan);
    this.shown = {};
    this.bars = drawBars(this.parts, session.plan.stages);
    this.trouble.hidden = this.keep.hidden = true;
    this.player.hidden = false;
    this.player.lang = session.plan.language;
    this.sound.src = session.audio;
    const at = atOnce ? 0 : heardUntil(session.id);
    this.resume.hidden = at === 0;
    document.getElementById("go-on").textContent = `Resume at ${clock(at)}`;
    this.player.classList.toggle("asking", at > 0);
    document.body.classList.add("playing");
    this.show();
    if (atOnce) this.begin(0);
    else (at ? document.getElementById("go-on") : this.whole).focus();
  }

  close() {
    this.note();
    this.session = null;
    this.sound.pause();
    this.sound.removeAttribute("src");
    this.awake.release();
    this.player.hidden = true;
    document.body.classList.remove("playing");
  }

  begin(seconds) {
    this.resume.hidden = true;
    this.player.classList.remove("asking");
    this.seek(seconds);
    this.start();
    this.whole.focus();
  }

  /** Play. If the browser requires a tap first, stay paused: the screen asks for one. */
  async start() {
    try {
      await this.sound.play();
    } catch (error) {
      if (error.name !== "NotAllowedError" && error.name !== "AbortError") this.tell(NOT_PLAYABLE);
      this.turned();
    }
  }

  toggle() {
    if (!this.resume.hidden) this.begin(heardUntil(this.session.id));
    else if (this.sound.paused) this.start();
    else this.sound.pause();
  }

  move(seconds) {
    this.seek(this.sound.currentTime + seconds);
  }

  toPrevious() {
    this.seek(stageBefore(this.session.plan, this.sound.currentTime));
  }

  toNext() {
    const start = stageAfter(this.session.plan, this.sound.currentTime);
    if (start !== null) this.seek(start);
  }

  seek(seconds) {
    this.sound.currentTime = Math.min(Math.max(0, seconds), this.session.plan.total - 0.05);
    this.show();
    this.note();
  }

  turned() {
    if (!this.session) return;
    const plays = !this.sound.paused;
    this.player.classList.toggle("paused", !plays);
    this.paused.textContent = this.sound.ended ? "Finished \u00b7 tap to play again" : "Paused \u00b7 tap anywhere";
    this.whole.setAttribute("aria-label", plays ? "Pause" : "Play");
    if (plays) this.awake.keep();
    else this.awake.release();
    if ("mediaSession" in navigator) navigator.mediaSession.playbackState = plays ? "playing" : "paused";
    this.note();
    this.show();
    this.draw();
  }

  /** Update the screen on every frame between the events of the audio element, unless the page is hidden. */
  draw() {
    if (!this.session || this.sound.paused) return;
    this.show();
    cancelAnimationFrame(this.frame);
    this.frame = requestAnimationFrame(() => this.draw());
  }

  show() {
    if (!this.session) return;
    const { plan } = this.session;
    const asked = !this.resume.hidden && this.sound.currentTime === 0;
    const seconds = asked ? heardUntil(this.session.id) : this.sound.currentTime;
    const moment = momentAt(plan, this.steps, seconds);
    this.write("stage", moment.title);
    this.write("words", moment.words);
    this.words.classList.toggle("long", moment.words.length > 90);
    this.write("left", countdown(moment.stepLeft));
    this.write("next", moment.next ? `Next: ${moment.next}` : "");
    this.write("totalLeft", `${countdown(moment.totalLeft)} left`);
    this.bars.forEach((bar, index) => {
      const { start, end } = plan.stages[index];
      bar.style.setProperty("--done", String(Math.min(1, Math.max(0, (seconds - start) / (end - start)))));
    });
    this.noteNowAndThen(seconds);
    this.tellLockScreen(moment.stage);
  }

  /** Write only what has changed, so that a screen reader reads each line once. */
  write(name, text) {
    if (this.shown[name] === text) return;
    this.shown[name] = text;
    this[name].textContent = text;
  }

  note() {
    if (!this.session || !this.resume.hidden || !this.sound.currentTime) return;
    const { id, plan } = this.session;
    remember(id, plan.title, plan.total, this.sound.ended ? 0 : this.sound.currentTime);
  }

  noteNowAndThen(seconds) {
    if (Math.abs(seconds - (this.shown.noted ?? -9)) < 2) return;
    this.shown.noted = seconds;
    this.note();
  }

  tell(sentence) {
    this.trouble.textContent = sentence;
    this.trouble.hidden = false;
  }

  listenToKeys() {
    const acts = { ArrowLeft: () => this.move(-10), ArrowRight: () => this.move(10), ArrowUp: () => this.toPrevious(),
      ArrowDown: () => this.toNext(), " ": () => this.toggle() };
    addEventListener("keydown", (event) => {
      const own = event.key === " " && event.target.closest?.("button, a");
      if (!this.session || own || event.altKey || event.ctrlKey || event.metaKey || !acts[event.key]) return;
      event.preventDefault();
      acts[event.key]();
    });
  }

  listenToLockScreen() {
    if (!("mediaSession" in navigator)) return;
    const acts = { play: () => this.start(), pause: () => this.sound.pause(), stop: () => this.sound.pause(),
      previoustrack: () => this.toPrevious(), nexttrack: () => this.toNext(),
      seekbackward: (details) => this.move(-(details.seekOffset || 10)),
      seekforward: (details) => this.move(details.seekOffset || 10), seekto: (details) => this.seek(details.seekTime) };
    for (const [name, act] of Object.entries(acts)) {
      try {
        navigator.mediaSession.setActionHandler(name, (details) => this.session && act(details));
      } catch {
        // an action that this browser does not support
      }
    }
  }

  tellLockScreen(stage) {
    if (!("mediaSession" in navigator)) return;
    const { plan, picture } = this.session;
    if (this.shown.told !== stage) {
      this.shown.told = stage;
      const artwork = picture ? [{ src: picture, sizes: "512x512", type: "image/png" }] : [];
      navigator.mediaSession.metadata = new MediaMetadata({ title: plan.stages[stage].title, artist: plan.title, artwork });
    }
    const position = Math.min(this.sound.currentTime, plan.total);
    if (Math.floor(position) === this.shown.position) return;
    this.shown.position = Math.floor(position);
    navigator.mediaSession.setPositionState?.({ duration: plan.total, position, playbackRate: 1 });
  }
}
