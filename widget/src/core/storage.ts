// What the widget remembers between pages. Tries localStorage and falls back to memory, quietly: a browser that
// refuses storage gets a chat that forgets on reload, not a chat that breaks. Nothing is written before the customer
// speaks; that is the caller's promise, kept in client.ts.

export interface Store {
  get<T>(key: string): T | null;
  set(key: string, value: unknown): void;
  remove(key: string): void;
}

interface Shelf {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
  removeItem(key: string): void;
}

/** Keys are `<prefix><key>`. `find` returns the browser's shelf and may throw. */
export function openStore(prefix: string, find: () => Shelf | null | undefined): Store {
  // Values the browser refused (no storage, full, blocked since) live here for the life of the page.
  const memory = new Map<string, string>();
  // Even naming the shelf may throw (a sandboxed frame). No probe: it would leave a trace before anybody has spoken.
  // What is found there may be anything, too.
  const tried = <T>(act: (shelf: Shelf | null | undefined) => T): T | null => {
    try {
      return act(find());
    } catch {
      return null;
    }
  };
  const kept = <T>(text: string | null | undefined) => JSON.parse(text || 'null') as T | null;
  return {
    get: (key) => (memory.has(key) ? kept(memory.get(key)) : tried((shelf) => kept(shelf?.getItem(prefix + key)))),
    set(key, value) {
      const text = JSON.stringify(value);
      memory.set(key, text);
      tried((shelf) => {
        shelf!.setItem(prefix + key, text);
        memory.delete(key);
      });
    },
    remove(key) {
      memory.delete(key);
      tried((shelf) => shelf?.removeItem(prefix + key));
    },
  };
}
