// Listeners by name. A listener that throws is the page's trouble, reported to its console and never ours.

export type Listener = (detail?: unknown) => void;

export class Emitter {
  readonly #listeners = new Map<string, Set<Listener>>();
  /** Hears everything, before the listeners. */
  tap: ((name: string, detail?: unknown) => void) | null = null;

  on(name: string, listener: Listener): () => void {
    const set = this.#listeners.get(name) ?? new Set();
    this.#listeners.set(name, set);
    set.add(listener);
    return () => void set.delete(listener);
  }

  emit(name: string, detail?: unknown): void {
    this.tap?.(name, detail);
    for (const listener of this.#listeners.get(name) ?? []) {
      try {
        listener(detail);
      } catch (error) {
        console.error(`Deskbell: on "${name}"`, error);
      }
    }
  }

  clear(): void {
    this.#listeners.clear();
  }
}
