// The screen of a routine: the length of each step, skipped stages, and the choices that need the computer.

import { drawBars, el, get, tell } from "./dom.js";
import { draftOf, keepDraft, sessionKey } from "./local-storage.js";
import { plainSettings } from "./kit.js";
import { MS, RATE } from "./kit-timeline.js";
import { reasonKey } from "./player.js";
import { drawRows, forgetReasons } from "./rows.js";
import { choicesOf, ConnectionError, fetchKit, plainWish, saved } from "./server.js";
import { clock } from "./times.js";
import { VersionsPart } from "./saved-settings.js";
import { ofRoutine, say, speak } from "./words.js";

const isPlain = (settings) => !settings.skip.length && !Object.keys(settings.lengths).length && settings.total === null;
const isEqual = (one, other) => JSON.stringify(sorted(one)) === JSON.stringify(sorted(other));
const isSame = (one, other) => ["lengths", "given", "skip", "total"].every((key) => isEqual(one[key], other[key]));
const sorted = (value) => (value && typeof value === "object" ? Object.entries(value).sort() : value);

export class RoutinePage {
  /**
   * `play(session)` is called when Play is tapped, `unlock()` when it is tapped before the audio is loaded,
   * `whole(kit)` when a session that has started can continue with another kit, `lost(sentence)` when that kit cannot
   * be loaded, and `kept()` when the changes to a routine have been saved.
   */
  constructor(play, unlock, whole = () => {}, lost = () => {}, kept = () => {}) {
    Object.assign(this, { play, unlock, whole, lost, kept, turn: 0, kit: null, opening: null, whenReady: null, failed: false });
    this.fresh = false; // whether a variant has been chosen whose own settings are not known yet
    this.screen = get("routine");
    this.trouble = this.screen.querySelector(".trouble");
    this.versions = new VersionsPart(this);
    get("play").addEventListener("click", () => this.tapPlay());
    get("undo-all").addEventListener("click", () => this.change(this.withVolumes(this.original)));
    const again = () => this.failed && this.load();
    addEventListener("online", again);
    document.addEventListener("visibilitychange", again);
  }

  /**
   * Open a routine with a saved version or earlier settings, or as the user left it. `whenReady` is called once the
   * full kit and its frames are loaded, unless the user has tapped Play, changed a length or left.
   */
  async open(entry, kept = null, whenReady = null) {
    const { wish, settings, parted, version, fresh } = kept ?? draftOf(entry.name) ?? {};
    this.frames = entry.name === this.entry?.name ? this.kit?.frames : null; // back from the player
    Object.assign(this, { entry, version: version ?? "", fresh: fresh ?? false, wish: { ...plainWish(), ...wish }, kit: null, opening: null, choices: null, pending: false, told: false, whenReady });
    this.settings = { ...plainSettings(), ...settings };
    this.parted = new Set(parted ?? []);
    this.versions.form = null;
    forgetReasons();
    speak(entry.language);
    tell(this.trouble, "");
    this.nameAll();
    this.draw();
    await this.load();
  }

  /** Open the only kit of a single-file page. */
  openKit(entry, kit) {
    const { settings, parted, version } = draftOf(entry.name) ?? {};
    Object.assign(this, { entry, kit, wish: plainWish(), version: version ?? "", choices: null, alone: true });
    this.settings = { ...plainSettings(), ...settings };
    this.parted = new Set(parted ?? []);
    speak(entry.language);
    this.nameAll();
    this.check();
    this.draw();
  }

  /** Apply the settings of a version. */
  adopt({ settings, parted, version }) {
    this.fresh = false;
    this.settings = { ...plainSettings(), ...settings };
    this.parted = new Set(parted ?? []);
    this.check();
    this.version = version;
    this.keep();
    this.draw();
  }

  leave() {
    this.turn += 1;
    this.pending = false;
    this.failed = false;
    this.whenReady = null;
  }

  /** Load the kit and its frames. Until then, the routine can be read, and Play waits. */
  async load() {
    const mine = (this.turn += 1);
    const stopped = () => mine !== this.turn;
    const { wish, entry } = this;
    this.failed = false;
    this.progress(0);
    let choices = null; // requested after the kit, which must not wait for them
    const isTakenBack = () => stopped() || this.wish !== wish;
    const choose = () => (choices ??= choicesOf(entry.name, wish).then((found) => isTakenBack() || (this.choices = found, this.drawChoices()), () => null));
    const found = (kit) => stopped() || (this.take(kit, stopped), choose());
    try {
      await fetchKit(entry.name, wish, found, ({ done, of }) => stopped() || (this.kit && !this.working) || this.progress((0.3 * done) / of), stopped);
    } catch (error) {
      if (!stopped()) this.fail(error);
    }
    if (!isTakenBack()) choose();
  }

  /** Use each kit as it arrives: the opening, then a draft, then the full kit. Shared frames are loaded once. */
  take(kit, stopped) {
    for (const [id, frames] of (this.kit ?? this.opening)?.frames ?? this.frames ?? []) kit.frames.set(id, frames);
    if (kit.json.opening) {
      this.opening = kit;
      const passed = () => stopped() || this.opening !== kit || this.ready;
      return void kit.load().then(() => passed() || (this.whole(kit), this.startIfPending()), () => null); // if this fails, so does the draft
    }
    this.kit = kit;
    this.working = null;
    this.check();
    if (this.fresh && !kit.json.draft) {
      this.settings = this.withVolumes(this.original);
      this.fresh = false;
      this.keep();
    }
    this.draw();
    const passed = () => stopped() || this.kit !== kit;
    kit.load((share) => passed() || this.progress(0.3 + 0.69 * share)).then(async () => {
      if (passed()) return;
      if (!kit.json.draft) this.loaded();
      this.whole(kit);
      this.startIfPending();
      await saved();
      if (!passed()) this.progress(1);
    }, (error) => stopped() || this.fail(error));
  }

  /** Take back the message that the computer does not respond, because it does now. */
  loaded() {
    if (this.told) tell(this.trouble, this.kit.json.depends ? say("depends") : "");
    this.told = false;
  }

  fail(error) {
    this.pending = false;
    if (this.working) return this.takeBack();
    if (!(error instanceof ConnectionError) && !this.kit && !isEqual(this.wish, plainWish())) return this.openPlain(error);
    this.failed = this.told = true;
    this.lost(error.message);
    tell(this.trouble, error.message);
    this.progress(this.share ?? 0);
    this.draw();
  }

  /** Return to what was chosen before a change for which the computer is needed, and go on loading it. */
  takeBack() {
    Object.assign(this, this.working, { working: null });
    this.keep();
    tell(this.trouble, say("needs_computer"));
    this.draw();
    this.drawChoices();
    if (!this.kit || this.kit.json.draft || !this.kit.hasAll()) this.load();
    else this.progress(1);
  }

  /** Open the routine as written, because the computer refuses what was chosen: a variant can have been removed. */
  openPlain(error) {
    this.wish = plainWish();
    this.keep();
    tell(this.trouble, error.message);
    this.load();
  }

  /** Drop lengths and skips that this kit does not support. They may come from a version of another script. */
  check() {
    if (this.kit.json.draft) return;
    const steps = new Map(this.kit.json.stages.flatMap((stage) => stage.steps.map((step) => [step.target, step])));
    const fits = (step, length) => step && step.tables[0].from <= length && (length <= step.tables.at(-1).to || step.max_reason === "fixed");
    const own = this.kit.json.variants.flatMap(({ settings }) => (settings ? [settings.lengths, settings.given] : [])); // limits do not apply to these
    const known = (lengths) => Object.fromEntries(Object.entries(lengths).filter(([target, ms]) => fits(steps.get(target), ms * MS) || own.some((each) => each[target] === ms)));
    const { given } = this.settings;
    const skip = this.settings.skip.filter((title) => this.kit.json.stages.some((stage) => stage.skip === title));
    this.settings = { ...this.settings, lengths: known(this.settings.lengths), given: known(given), skip: this.kit.skipReason(skip) ? [] : skip };
    const { total } = this.settings;
    if (total === null || (Object.keys(given).length && isEqual(given, this.settings.given))) return;
    const shared = this.kit.share(total, this.settings); // from a link, which contains only the total, or for another script
    this.settings = shared.reason ? this.kit.withoutTotal(this.settings) : shared;
  }

  /** The settings of the chosen variant, or plain settings. */
  get original() {
    const known = this.kit && !this.kit.json.draft ? this.kit.json.variants : [];
    return { ...plainSettings(), ...known.find(({ name }) => name === this.wish.variant)?.settings };
  }

  withVolumes(settings) {
    const { bedDb, voiceDb } = this.settings;
    return { ...settings, bedDb, voiceDb };
  }

  progress(share) {
    this.share = share;
    const whole = share >= 1 && !this.working && this.kit && !this.kit.json.draft;
    const percent = Math.min(Math.floor(100 * share), whole ? 100 : 99);
    get("play-word").textContent = this.pending ? say("preparing", { percent }) : say("play");
    if (!this.alone) get("here").textContent = whole ? say("all_here") : say("loading", { percent });
  }

  get ready() {
    return !this.working && Boolean(this.kit?.hasAll()) && (!this.kit.json.draft || this.isAsWritten);
  }

  /** Whether at least the beginning can be played. */
  get canStart() {
    return this.ready || (!this.working && !this.kit?.json.depends && Boolean(this.opening?.hasAll()) && this.isAsWritten);
  }

  /** Whether the session has the lengths of the script, as drafts and openings do. */
  get isAsWritten() {
    return isPlain(this.settings) && !this.fresh;
  }

  tapPlay() {
    if (this.canStart) return this.start();
    this.unlock();
    this.pending = true;
    if (this.failed) this.load();
    else this.progress(this.share ?? 0);
  }

  startIfPending() {
    if (this.pending && this.canStart) return this.start();
    if (!this.ready || this.kit.json.draft) return;
    const { whenReady } = this;
    this.whenReady = null;
    whenReady?.();
  }

  start() {
    this.pending = false;
    this.whenReady = null;
    this.progress(this.share ?? 1);
    this.play(this.session());
  }

  /** The session for the player. Its key identifies the session, so that it can be resumed. */
  session() {
    const { settings, wish, version, entry } = this;
    const kit = this.ready ? this.kit : this.opening;
    const session = { kit, settings, wish, version, routine: entry.name };
    return { ...session, key: sessionKey(session) };
  }

  /** Apply new settings, save them on the phone and, unless the player is on the screen, show them. */
  change(settings) {
    if (!isSame(settings, this.settings)) this.fresh = false;
    this.whenReady = null;
    this.settings = settings;
    if (this.working) Object.assign(this.working, { settings, version: "" });
    this.version = "";
    this.keep();
    if (!this.screen.hidden) this.draw();
  }

  keep() {
    const { wish, settings, version, fresh } = this;
    keepDraft(this.entry.name, { wish, settings, parted: [...this.parted], version, fresh });
    this.kept();
  }

  /** Ask the computer for different text or a different bed. Lengths are kept for steps that the new kit also has. */
  ask(change, settings = this.settings, fresh = this.fresh) {
    this.working ??= { wish: this.wish, settings: this.settings, fresh: this.fresh, version: this.version, choices: this.choices };
    Object.assign(this, { settings, fresh });
    this.wish = { ...this.wish, ...change };
    this.version = "";
    tell(this.trouble, "");
    this.keep();
    this.load();
  }

  nameAll() {
    const { entry } = this;
    ofRoutine(get("routine-title"), entry.language).textContent = entry.title;
    ofRoutine(get("routine-about"), entry.language).textContent = entry.description ?? "";
    get("back-word").textContent = say("all_routines");
    get("undo-all").textContent = say("undo_all");
    get("all-routines").parentElement.hidden = Boolean(this.alone);
    this.progress(this.share ?? 0);
    this.versions.draw();
    this.drawChoices();
  }

  draw() {
    if (!this.kit) {
      get("bars").replaceChildren();
      get("rows").replaceChildren(el("p", { className: "waiting" }, "\u2026"));
      get("total").textContent = clock(this.entry.total ?? 0);
      get("undo-all").hidden = true;
      return;
    }
    this.part();
    const timeline = this.kit.timeline(this.kit.json.draft ? plainSettings() : this.settings);
    drawBars(get("bars"), timeline.stages);
    get("total").textContent = clock(timeline.total);
    drawRows(this, timeline);
    if (this.kit.json.depends) tell(this.trouble, say("depends"));
    get("undo-all").hidden = isSame(this.settings, this.original);
    this.drawChoices();
    this.versions.draw();
  }

  /** Show a stage on its own if the user has set its steps to other lengths than the same steps on the other side. */
  part() {
    const rows = this.kit.rows(this.settings);
    const isSet = ({ step }) => step.target in this.settings.lengths;
    for (const row of rows) {
      const first = rows.find(({ step }) => step.both === row.step.both);
      if ((isSet(first) || isSet(row)) && Math.abs(first.length - row.length) >= RATE) this.parted.add(row.stage.title);
    }
  }

  drawChoices() {
    const { choices, wish, kit } = this;
    const known = kit && !kit.json.draft ? kit.json.variants : [];
    const names = known.length ? known.map(({ name }) => name) : (choices?.variants ?? []);
    get("choices").hidden = !choices && !names.length;
    const variants = names.length ? [["", say("as_written")], ...names.map((name) => [name, name])] : [];
    const chosen = wish.variant ?? known.find(({ settings }) => settings && isSame(settings, this.settings))?.name ?? (isPlain(this.settings) ? "" : null);
    chips(get("variants"), say("version"), "variant", variants, chosen, (name) => this.pickVariant(name, known));
    const details = (choices?.detail ?? []).map((detail) => [detail, say(detail)]);
    chips(get("details"), say("guidance"), "detail", details, wish.detail ?? "full", (value) => this.ask({ detail: value }));
    get("bed").parentElement.hidden = !choices;
    const beds = (choices?.beds ?? []).map((bed) => el("option", { value: bed, selected: bed === (wish.bed ?? choices.bed) }, bed === "none" ? say("none") : bed.replaceAll("%2B", "+").replaceAll("%25", "%")));
    get("bed").replaceChildren(...beds);
    get("bed").onchange = () => this.ask({ bed: get("bed").value });
    get("bed-word").textContent = say("background");
  }

  /** Apply a variant. Variants that change only lengths and skips are available offline. Others need the computer. */
  pickVariant(name, known) {
    const { settings } = known.find((variant) => variant.name === name) ?? {};
    if (this.wish.variant === null && (settings || !name)) return this.change(this.withVolumes({ ...plainSettings(), ...settings }));
    this.ask({ variant: name || null }, this.withVolumes(plainSettings()), true);
  }

  /** The sentence that explains why something is not possible. */
  why(code, times = {}) {
    return say(`why_${reasonKey(code)}`, times);
  }
}

function chips(place, title, name, choices, chosen, pick) {
  place.hidden = !choices.length;
  place.replaceChildren(el("legend", {}, title), ...choices.map(([value, words]) => el("label", {},
    el("input", { type: "radio", name, value, checked: value === chosen, onchange: () => pick(value) }), el("span", {}, words))));
}
