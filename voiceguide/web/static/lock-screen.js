// The lock screen and media keys. Phones show either seek buttons or previous and next, which are more useful.

export class LockScreen {
  constructor(player) {
    this.player = player;
    if (!("mediaSession" in navigator)) return;
    const acts = { play: () => player.goOn(), pause: () => player.pause(), stop: () => player.pause(),
      previoustrack: () => player.toPrevious(), nexttrack: () => player.toNext(), seekto: ({ seekTime }) => player.seek(seekTime) };
    for (const [name, act] of Object.entries(acts)) {
      try {
        navigator.mediaSession.setActionHandler(name, (details) => player.session && act(details));
      } catch {
        // an action that this browser does not support
      }
    }
  }

  /** Show the stage, the position and the playback state. */
  show(moment, seconds) {
    if (!("mediaSession" in navigator)) return;
    const { session, sound, timeline } = this.player;
    const told = `${timeline.title} ${timeline.total} ${moment.stage}`;
    if (this.told !== told) {
      this.told = told;
      const artwork = session.picture ? [{ src: session.picture, sizes: "512x512", type: "image/png" }] : [];
      navigator.mediaSession.metadata = new MediaMetadata({ title: moment.title, artist: timeline.title, artwork });
    }
    navigator.mediaSession.playbackState = sound.playing ? "playing" : "paused";
    if (this.second === Math.floor(seconds)) return;
    this.second = Math.floor(seconds);
    navigator.mediaSession.setPositionState?.({ duration: timeline.total, position: Math.min(seconds, timeline.total), playbackRate: 1 });
  }

  clear() {
    if (!("mediaSession" in navigator)) return;
    this.told = this.second = null;
    navigator.mediaSession.metadata = null;
    navigator.mediaSession.playbackState = "none";
    navigator.mediaSession.setPositionState?.();
  }
}
