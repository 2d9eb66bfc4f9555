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
  const shelf = <T>(act: (shelf: Shelf) => T): T | undefined => {
    try {
      const found = find();
      return found ? act(found) : undefined;
    } catch {
      return undefined;
    }
  };
  return {
    get<T>(key: string): T | null {
      const text = memory.get(key) ?? shelf((local) => local.getItem(prefix + key));
      try {
        return text ? (JSON.parse(text) as T) : null;
      } catch {
        return null;
      }
    },
    set(key, value) {
      const text = JSON.stringify(value);
      const kept = shelf((local) => {
        local.setItem(prefix + key, text);
        return true;
      });
      if (kept) memory.delete(key);
      else memory.set(key, text);
    },
    remove(key) {
      memory.delete(key);
      shelf((local) => local.removeItem(prefix + key));
    },
  };
}
