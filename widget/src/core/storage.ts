// What the widget remembers between pages. Tries localStorage and falls back to memory, quietly: a browser that
// refuses storage gets a chat that forgets on reload, not a chat that breaks. Nothing is written before the customer
// speaks; that is the caller's promise, kept in client.ts.

export interface Store {
  readonly durable: boolean;
  get<T>(key: string): T | null;
  set(key: string, value: unknown): void;
  remove(key: string): void;
}

interface Shelf {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
  removeItem(key: string): void;
}

function memoryShelf(): Shelf {
  const values = new Map<string, string>();
  return {
    getItem: (key) => values.get(key) ?? null,
    setItem: (key, value) => void values.set(key, value),
    removeItem: (key) => void values.delete(key),
  };
}

// Reading the property alone may throw (a sandboxed frame), and so may reading a value; writing is not probed,
// because a probe would leave a trace before anybody has spoken.
function localShelf(find: () => Shelf | null | undefined): Shelf | null {
  try {
    const shelf = find();
    if (!shelf) return null;
    shelf.getItem('deskbell');
    return shelf;
  } catch {
    return null;
  }
}

/** Keys are `<prefix><key>`. `find` returns the browser's shelf and may throw. */
export function openStore(prefix: string, find: () => Shelf | null | undefined): Store {
  const local = localShelf(find);
  // Values the durable shelf refused (full, or blocked since) live here for the life of the page.
  const memory = memoryShelf();
  return {
    durable: local !== null,
    get<T>(key: string): T | null {
      let text: string | null = memory.getItem(prefix + key);
      try {
        text ??= local?.getItem(prefix + key) ?? null;
        return text === null ? null : (JSON.parse(text) as T);
      } catch {
        return null;
      }
    },
    set(key, value) {
      const text = JSON.stringify(value);
      try {
        if (!local) throw new Error('memory only');
        local.setItem(prefix + key, text);
        memory.removeItem(prefix + key);
      } catch {
        memory.setItem(prefix + key, text);
      }
    },
    remove(key) {
      memory.removeItem(prefix + key);
      try {
        local?.removeItem(prefix + key);
      } catch {
        // Nothing to forget where nothing could be kept.
      }
    },
  };
}
