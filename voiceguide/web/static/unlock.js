// Phones allow audio only in response to a tap. The permission expires while a session is being prepared.

/** Play a short silence during the tap. Afterwards, the element may play at any time. */
export function unlock(sound) {
  const samples = 800; // a tenth of a second at 8 kHz
  const view = new DataView(new ArrayBuffer(44 + samples));
  const letters = (at, word) => [...word].forEach((letter, index) => view.setUint8(at + index, letter.charCodeAt(0)));
  letters(0, "RIFF");
  view.setUint32(4, 36 + samples, true);
  letters(8, "WAVEfmt ");
  view.setUint32(16, 16, true);
  view.setUint16(20, 1, true);
  view.setUint16(22, 1, true);
  view.setUint32(24, 8000, true);
  view.setUint32(28, 8000, true);
  view.setUint16(32, 1, true);
  view.setUint16(34, 8, true);
  letters(36, "data");
  view.setUint32(40, samples, true);
  for (let at = 44; at < view.byteLength; at += 1) view.setUint8(at, 128);
  sound.src = URL.createObjectURL(new Blob([view], { type: "audio/wav" }));
  sound.play().catch(() => null); // refused: the player asks for a tap later
}
