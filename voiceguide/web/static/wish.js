// The changes to a routine, and the request that sends them.

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

  /** Set the length of a stage or STAGE/STEP. The total is the sum of the stages again. */
  set(target, seconds) {
    this.sets.set(target, seconds);
    this.total = null;
  }

  skip(name, left) {
    if (left) this.skips.add(name);
    else this.skips.delete(name);
    this.total = null;
  }

  /** Select a variant. Earlier changes would override it, so they are cleared. */
  choose(variant) {
    this.clear();
    this.variant = variant;
  }

  /** Return the body of a request. */
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
