// Two soft notes when somebody answers. Made on the spot, so there is no file to load; browsers let a page sound only
// after the customer has touched it, and until then this is silent.

let audio: AudioContext | null = null;

/** In a click or a key press: what is played later needs this one's leave. */
export function allowSound(): void {
  audio ??= 'AudioContext' in window ? new AudioContext() : null;
  if (audio?.state === 'suspended') void audio.resume().catch(() => {});
}

export function chime(): void {
  if (audio?.state !== 'running') return;
  [659, 880].forEach((frequency, at) => {
    const from = audio!.currentTime + at * 0.12;
    const [tone, volume] = [audio!.createOscillator(), audio!.createGain()];
    tone.frequency.value = frequency;
    volume.gain.setValueAtTime(0, from);
    volume.gain.linearRampToValueAtTime(0.06, from + 0.02);
    volume.gain.exponentialRampToValueAtTime(0.0001, from + 0.35);
    tone.connect(volume).connect(audio!.destination);
    tone.start(from);
    tone.stop(from + 0.4);
  });
}

export function silence(): void {
  void audio?.close().catch(() => {});
  audio = null;
}
