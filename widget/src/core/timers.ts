// Timers by name: setting one again moves it, and none outlives its owner.

/** Twice as patient each time, up to `msMax`, and somewhere at random below that, so that not all come back at once. */
export function backoffMs({ random }: { random(): number }, attempts: number, msMax: number): number {
  return random() * Math.min(msMax, delayMsBase * 2 ** Math.min(attempts, 10));
}

export const delayMsBase = 500;

type Timer = ReturnType<typeof setTimeout>;

export class Timers {
  readonly #timers = new Map<string, Timer>();

  after(name: string, ms: number, act: () => void): void {
    this.cancel(name);
    this.#timers.set(name, setTimeout(() => {
      this.#timers.delete(name);
      act();
    }, ms));
  }

  has(name: string): boolean {
    return this.#timers.has(name);
  }

  cancel(name: string): void {
    clearTimeout(this.#timers.get(name));
    this.#timers.delete(name);
  }

  clear(): void {
    for (const timer of this.#timers.values()) clearTimeout(timer);
    this.#timers.clear();
  }
}
