// The player. The screen is derived from the audio position, so it stays correct after a seek or after sleep.

import { drawBars, el, get, tell } from "./dom.js";
import { MS } from "./kit-timeline.js";
import { leftAt, notePlayed, sessionKey } from "./local-storage.js";
import { LockScreen } from "./lock-screen.js";
import { momentAt, stageAfter, stageBefore, stepsOf } from "./moment.js";
import { Sound } from "./sound.js";
import { clock, countdown } from "./times.js";
import { ofRoutine, say } from "./words.js";

const MINUTE_MS = 60_000;
const OPENING_END_S = 20; // from here to its end, an opening can differ from the whole session
const VOLUME_STEP_DB = 1.5;
const RING = 2 * Math.PI * 46;
const DOUBLE_TAP_MS = 500; // the second tap of a double tap on Play is not one on the player
const REDRAW_MS = 100; // the longest time between two redraws; it is shorter if the ring moves fast

export class Player {
  /** `left` is called when the user leaves, and `changed(settings)` when lengths or volumes are changed here. */
  constructor(left, changed) {
    this.left = left;
    this.changed = changed;
    this.session = null;
    this.screen = get("player");
    this.trouble = this.screen.querySelector(".trouble");
    this.sound = new Sound(get("sound"), () => this.show(), () => this.finish(), () => tell(this.trouble, say("not_playable")), () => this.pause());
    this.lockScreen = new LockScreen(this);
    this.connect();
    this.listenToKeys();
  }

  connect() {
    const tapped = { "whole-screen": (event) => event.timeStamp - this.opened > DOUBLE_TAP_MS && this.toggle(), "play-pause": () => this.toggle(), leave: () => this.left(),
      previous: () => this.toPrevious(), following: () => this.toNext(), back: () => this.move(-10), forward: () => this.move(10),
      "minute-less": () => this.changeStep(-MINUTE_MS), "minute-more": () => this.changeStep(MINUTE_MS),
      "wait-here": () => this.waitHere(), "open-more": () => this.openMore(), "close-more": () => this.closeMore(),
      "go-on": () => this.goOn(), "from-start": () => this.begin(0),
      "play-again": () => this.begin(0), "leave-finished": () => this.left() };
    for (const [id, act] of Object.entries(tapped)) get(id).addEventListener("click", act);
    addEventListener("pagehide", () => this.note());
    document.addEventListener("visibilitychange", () => this.note());
  }

  /** Handle a tap on Play before the audio is ready, so that the browser allows playback later. */
  unlock() {
    this.sound.unlock();
  }

  /** Prepare {key, routine, version, wish, settings, kit, picture}. With `atOnce`, start: Play was just tapped. */
  open(session, atOnce) {
    this.session = session;
    this.shown = {};
    Object.assign(this, { waits: false, waiting: false, waitEnd: null, held: false, longer: null, noted: null, opened: performance.now() });
    clearTimeout(this.telling);
    tell(this.trouble, "");
    this.screen.hidden = false;
    this.screen.classList.remove("done");
    ofRoutine(this.screen, session.kit.json.language);
    this.nameButtons();
    const at = atOnce ? 0 : leftAt(session.key);
    this.assemble(at);
    get("resume").hidden = at === 0;
    this.screen.classList.toggle("asking", at > 0);
    get("resume-words").textContent = say("stopped_at", { time: clock(at) });
    document.body.classList.add("playing");
    if (atOnce) this.begin(0);
    else (at ? get("go-on") : get("play-pause")).focus();
    this.show();
  }

  /** Label everything in the language of the page, which may have changed since the last routine. */
  nameButtons() {
    const names = { leave: "leave", previous: "previous_stage", following: "next_stage", back: "back_ten", forward: "forward_ten",
      "minute-less": "minute_less", "minute-more": "minute_more", "open-more": "stages_and_volume", more: "stages_and_volume" };
    for (const [id, key] of Object.entries(names)) get(id).setAttribute("aria-label", say(key));
    const texts = { "leave-word": "leave", "wait-word": "wait_here", "go-on": "resume", "from-start": "start_over", "close-more": "close",
      "play-again": "play_again", "leave-finished": "leave", "finished-title": "finished" };
    for (const [id, key] of Object.entries(texts)) get(id).textContent = say(key);
    get("left").setAttribute("aria-label", say("left_in_step"));
    for (const element of this.screen.querySelectorAll(".ui")) Object.assign(element, { lang: document.documentElement.lang, dir: "ltr" });
  }

  /** Assemble the audio for the settings of the session, and go to a position in it. */
  assemble(at) {
    const { kit, settings } = this.session;
    const { timeline, blob } = kit.assemble(settings);
    this.timeline = timeline;
    this.steps = stepsOf(timeline);
    this.bars = drawBars(get("parts"), timeline.stages);
    this.shown.stage = null;
    this.sound.load(blob, timeline.total, Math.min(at, timeline.total - 0.05));
  }

  /** Replace an opening or a draft with a more complete kit of the same session, and continue with it. */
  goOnWith(kit) {
    if (!this.session?.kit.json.draft) return;
    const { opening } = this.session.kit.json;
    this.longer = kit.json.opening && !this.held ? kit : null;
    if (this.longer) return; // a change of the audio can be heard, and the whole may still arrive in time
    this.session.kit = kit;
    if (!opening) return;
    this.assemble(this.sound.at);
    if (this.held) this.start();
    this.show();
  }

  /** If an opening is playing, report that the rest of the session could not be loaded. */
  lose(sentence) {
    if (this.session?.kit.json.opening) tell(this.trouble, sentence);
  }

  /** Pause before the end of the opening, where it differs from the whole session. */
  hold() {
    this.held = true;
    this.sound.pause();
    if (this.longer) return this.goOnWith(this.longer);
    this.show();
  }

  close() {
    this.note();
    clearTimeout(this.waitTimer);
    this.session = null;
    this.sound.close();
    this.lockScreen.clear();
    this.showMore(false);
    this.screen.hidden = true;
    document.body.classList.remove("playing");
  }

  begin(seconds) {
    get("resume").hidden = true;
    this.screen.classList.remove("asking", "done");
    this.sound.seek(seconds);
    this.start();
    get("play-pause").focus();
  }

  /** Play. If the browser requires a tap first, playback stays paused, and the screen asks for a tap. */
  async start() {
    this.held = false;
    if (this.waiting) this.waits = this.waiting = false;
    await this.sound.play();
    this.show();
  }

  toggle() {
    if (this.screen.classList.contains("asking")) return;
    if (this.sound.playing) this.sound.pause();
    else this.goOn();
  }

  /** Play from where the session stopped or, if it is finished, from the start. */
  goOn() {
    if (this.screen.classList.contains("asking")) this.begin(leftAt(this.session.key));
    else if (this.screen.classList.contains("done")) this.begin(0);
    else this.start();
  }

  /** Pause, and do not start when the rest of an opening arrives. */
  pause() {
    this.held = false;
    this.sound.pause();
    this.show();
  }

  move(seconds) {
    this.seek(this.sound.at + seconds);
  }

  toPrevious() {
    this.seek(stageBefore(this.timeline, this.sound.at));
  }

  toNext() {
    const start = stageAfter(this.timeline, this.sound.at);
    if (start !== null) this.seek(start);
  }

  seek(seconds) {
    this.screen.classList.remove("done");
    this.waiting = false;
    this.waitEnd = null;
    this.sound.seek(seconds);
    this.note();
  }

  /** Lengthen or shorten the current step, but not below the time already played. */
  changeStep(ms) {
    const { kit, settings } = this.session;
    const at = this.sound.at;
    const { index, step } = momentAt(this.timeline, this.steps, at);
    const row = kit.rows(settings).find((each) => each.step.target === step.target);
    const { min, max, minReason, maxReason } = kit.limits(row);
    if (kit.json.draft) return void this.tellBriefly(say("not_here_yet"));
    const length = row.length / MS;
    const heard = Math.ceil((at - step.start) * 1000) + 1000;
    const wanted = Math.min(Math.max(length + ms, Math.min(Math.max(min, heard), length)), Math.max(max, length));
    const reason = heard > min && ms < 0 && min < max ? "heard" : reasonKey(ms < 0 ? minReason : maxReason);
    if (wanted === length) return void this.tellBriefly(say(`why_${reason}`));
    this.session.settings = kit.set(settings, [step.target], wanted);
    this.waitEnd = null;
    this.changed(this.session.settings);
    const { start } = stepsOf(kit.timeline(this.session.settings))[index]; // a step that is repeated is longer each time
    this.assemble(start + at - step.start);
    this.show();
  }

  /** Toggle waiting for a tap at the end of the current step. */
  waitHere() {
    this.waits = !this.waits;
    this.waitEnd = null;
    this.show();
  }

  changeVolume(which, steps) {
    const { settings, kit } = this.session;
    const [lowest, highest] = kit.volumeLimits()[which];
    const value = Math.min(highest, Math.max(lowest, settings[which] + steps * VOLUME_STEP_DB));
    if (value === settings[which]) return;
    this.session.settings = { ...settings, [which]: value };
    this.changed(this.session.settings);
    this.assemble(this.sound.at);
    const { ariaLabel } = document.activeElement;
    this.openMore(); // with new buttons
    get("volumes").querySelector(`[aria-label="${CSS.escape(ariaLabel ?? "")}"]`)?.focus();
  }

  openMore() {
    const { settings, kit } = this.session;
    const limits = kit.volumeLimits();
    const at = momentAt(this.timeline, this.steps, this.sound.at).stage;
    get("more-stages").replaceChildren(...this.timeline.stages.map((stage, index) => el("li", {},
      el("button", { type: "button", "aria-current": index === at ? "true" : null, onclick: () => (this.closeMore(), this.seek(stage.start)) },
        ofRoutine(el("span", { className: "name" }, stage.title), this.session.kit.json.language),
        el("span", { className: "time" }, clock(stage.start))))));
    get("volumes").replaceChildren(...["voiceDb", "bedDb"].map((which) => {
      const name = say(which === "voiceDb" ? "voice_volume" : "bed_volume");
      const button = (label, steps, sign) => el("button", { type: "button", className: "round", "aria-label": say(label, { name }),
        onclick: () => this.changeVolume(which, steps) }, sign);
      const [lowest, highest] = limits[which];
      return el("div", { className: "volume" }, el("span", { className: "name" }, name), button("softer", -1, "\u2212"),
        el("meter", { min: lowest, max: highest, value: settings[which], "aria-label": name }), button("louder", 1, "+"));
    }));
    if (get("more").hidden) {
      this.showMore(true);
      get("more-stages").querySelector("[aria-current]").focus(); // and scrolls to it
    }
  }

  /** Show or hide the stages and volumes. While they are shown, nothing else in the player can be reached. */
  showMore(shown) {
    get("more").hidden = !shown;
    for (const part of this.screen.children) part.inert = shown && part !== get("more");
  }

  closeMore() {
    this.showMore(false);
    get("open-more").focus();
  }

  finish() {
    if (this.session.kit.json.opening) return this.hold();
    this.showMore(false);
    this.screen.classList.add("done");
    get("finished-words").textContent = say("finished_text", { title: this.timeline.title });
    this.show();
    this.note();
    get("play-again").focus();
  }

  show() {
    if (!this.session) return;
    const done = this.screen.classList.contains("done");
    const asked = this.screen.classList.contains("asking");
    const seconds = asked ? leftAt(this.session.key) : Math.min(this.sound.at, this.timeline.total);
    const moment = momentAt(this.timeline, this.steps, seconds);
    const { playing } = this.sound;
    this.screen.classList.toggle("paused", !playing && !asked && !done);
    this.write("stage", moment.title);
    this.write("words", moment.words);
    get("words").classList.toggle("long", moment.words.length > 90);
    this.write("left", countdown(moment.stepLeft));
    get("left").classList.toggle("hours", moment.stepLeft >= 3600);
    this.write("next", moment.next ? say("next", { name: moment.next }) : say("last_step"));
    this.write("step-of", say("step_of", { n: moment.number, m: moment.count }));
    this.write("total-left", this.session.kit.json.opening ? "" : say("left_total", { time: countdown(moment.totalLeft) }));
    this.write("state", playing || asked || done ? "" : say(this.held ? "preparing_rest" : this.waiting ? "waiting" : "paused"));
    get("play-pause").setAttribute("aria-label", say(playing ? "pause" : "play"));
    get("wait-here").setAttribute("aria-pressed", String(this.waits));
    get("ring").style.strokeDashoffset = String(RING * moment.stepDone);
    this.bars.forEach((bar, index) => {
      const { start, end } = this.timeline.stages[index];
      bar.style.setProperty("--done", String(Math.min(1, Math.max(0, (seconds - start) / (end - start || 1)))));
    });
    if (playing) this.keepUp(moment);
    this.noteNowAndThen(seconds);
    this.lockScreen.show(moment, seconds);
  }

  /** Schedule the next redraw, and pause at the end of the step if the user chose to wait there. */
  keepUp(moment) {
    clearTimeout(this.redraw);
    cancelAnimationFrame(this.frame);
    const perHalfUnit = (1000 * (moment.step.end - moment.step.start)) / (2 * RING);
    this.redraw = setTimeout(() => {
      this.frame = requestAnimationFrame(() => this.sound.playing && this.show());
    }, Math.min(perHalfUnit, REDRAW_MS));
    clearTimeout(this.waitTimer);
    if (this.session.kit.json.opening && this.timeline.total - this.sound.at < OPENING_END_S) return void this.hold();
    if (!this.waits) return;
    this.waitEnd ??= moment.step.end;
    const left = this.waitEnd - this.sound.at;
    if (left < 0.03) return void this.stopForWaiting(this.waitEnd);
    this.waitTimer = setTimeout(() => this.waits && this.sound.playing && this.stopForWaiting(this.waitEnd), left * 1000 - 20);
  }

  stopForWaiting(end) {
    this.waiting = true;
    this.waits = false;
    this.sound.pause();
    this.sound.seek(end);
  }

  /** Update the text of an element only if it has changed. */
  write(id, text) {
    if (this.shown[id] === text) return;
    this.shown[id] = text;
    get(id).textContent = text;
  }

  tellBriefly(sentence) {
    tell(this.trouble, sentence);
    clearTimeout(this.telling);
    this.telling = setTimeout(() => tell(this.trouble, ""), 6000);
  }

  note() {
    if (!this.session || this.session.kit.json.opening || !get("resume").hidden || !this.sound.at) return;
    const { routine, version, wish, settings, kit, key: before } = this.session;
    const key = sessionKey(this.session);
    const at = this.screen.classList.contains("done") ? 0 : this.sound.at;
    const noted = `${key} ${at}`;
    if (this.noted === noted) return; // another tab can have gone on with the session
    Object.assign(this, { noted });
    this.session.key = key;
    const { title, language } = kit.json;
    notePlayed({ key, routine, title, language, version, wish, settings, at, total: this.timeline.total, when: Date.now() }, before);
  }

  noteNowAndThen(seconds) {
    if (Math.abs(seconds - (this.shown.noted ?? -9)) < 2) return;
    this.shown.noted = seconds;
    this.note();
  }

  listenToKeys() {
    const acts = { ArrowLeft: () => this.move(-10), ArrowRight: () => this.move(10), ArrowUp: () => this.toPrevious(),
      ArrowDown: () => this.toNext(), " ": () => this.toggle() };
    addEventListener("keydown", (event) => {
      const own = (event.key === " " && event.target.closest?.("button, a")) || !get("more").hidden;
      if (!this.session || own || event.altKey || event.ctrlKey || event.metaKey || !acts[event.key]) return;
      event.preventDefault();
      acts[event.key]();
    });
  }
}

/** The key of the text that explains a limit. */
export function reasonKey(code) {
  return { words: "words", "script-min": "script", "script-max": "script", longest: "longest", fixed: "fixed" }[code] ?? code.replaceAll("-", "_");
}
