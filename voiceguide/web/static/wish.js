// What somebody has chosen, and how it is said to the server.

export class Wish {
  constructor(routine) {
    this.routine = routine;
    this.clear();
  }

  clear() {
    this.sets = new Map();
    this.skips = new Set();
    this.variant = this.total = this.detail = this.bed = this.bedLevel = null;
  }

  /** The length of a stage, or of STAGE/STEP; the total then follows from the stages again. */
  set(target, seconds) {
    this.sets.set(target, seconds);
    this.total = null;
  }

  skip(name, left) {
    if (left) this.skips.add(name);
    else this.skips.delete(name);
    this.total = null;
  }

  /** A variant is a set of choices; what was chosen before would hide it. */
  choose(variant) {
    this.clear();
    this.variant = variant;
  }

  /** The body of a request. */
  get body() {
    return {
      routine: this.routine,
      overrides: {
        sets: [...this.sets].map(([name, seconds]) => `${name}=${seconds}s`),
        skips: [...this.skips],
        variants: this.variant ? [this.variant] : [],
        total: this.total === null ? null : `${this.total}s`,
        detail: this.detail,
        voice: null,
        pace: null,
        bed: this.bed,
        bed_level: this.bedLevel === null ? null : String(this.bedLevel),
      },
    };
  }
}
