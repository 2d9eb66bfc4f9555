// That something has happened, without saying what: whoever waits looks again. No wait without an end.

export class News {
  readonly #hearers = new Set<() => void>();

  tell(): void {
    for (const hear of Array.from(this.#hearers)) hear(); // one who hears may stop hearing
  }

  on(hear: () => void): () => void {
    this.#hearers.add(hear);
    return () => this.#hearers.delete(hear);
  }

  /** Resolves with what `look` finds, as soon as it finds something. */
  until<Found>(what: string, look: () => Found | undefined | null | false, signal: AbortSignal, ms = 20_000): Promise<Found> {
    return new Promise((resolve, reject) => {
      const end = () => {
        off();
        clearTimeout(late);
        signal.removeEventListener('abort', stop);
      };
      const stop = () => {
        end();
        reject(new Error('stopped'));
      };
      const see = () => {
        const found = look();
        if (found === undefined || found === null || found === false) return;
        end();
        resolve(found);
      };
      const late = setTimeout(() => {
        end();
        reject(new Error(`waited in vain for ${what}`));
      }, ms);
      const off = this.on(see);
      signal.addEventListener('abort', stop);
      if (signal.aborted) stop();
      else see();
    });
  }
}
