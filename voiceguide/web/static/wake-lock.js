// Keep the screen on while a session plays. Browsers release the lock whenever the page is hidden.

export class WakeLock {
  constructor() {
    this.wanted = false;
    this.lock = null;
    document.addEventListener("visibilitychange", () => this.wanted && this.keep());
  }

  async keep() {
    this.wanted = true;
    if (!("wakeLock" in navigator) || document.visibilityState !== "visible" || (this.lock && !this.lock.released)) return;
    try {
      this.lock = await navigator.wakeLock.request("screen");
      if (!this.wanted) this.release();
    } catch {
      // refused, for example because the battery is low; the screen may turn off, but playback continues
    }
  }

  release() {
    this.wanted = false;
    this.lock?.release();
    this.lock = null;
  }
}
