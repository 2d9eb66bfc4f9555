// A small menu under a button: arrow keys, Escape, a click outside.

import type { ComponentChildren } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';

interface Item {
  key: string;
  label: string;
  note?: string;
  choose(): void;
}

interface Props {
  label: string;
  title: string;
  button: ComponentChildren;
  items: Item[];
  testid: string;
  above?: boolean;
  on_open?(open: boolean): void;
}

export function QuickMenu({ label, title, button, items, testid, above, on_open }: Props) {
  const [open, set_open] = useState(false);
  const opener = useRef<HTMLButtonElement>(null);
  const list = useRef<HTMLDivElement>(null);
  const show = (next: boolean) => {
    set_open(next);
    on_open?.(next);
  };
  useEffect(() => {
    if (!open) return undefined;
    list.current?.querySelector<HTMLElement>('[role=menuitem]')?.focus();
    const outside = (event: Event) => {
      if (!list.current?.contains(event.target as Node) && !opener.current?.contains(event.target as Node)) show(false);
    };
    document.addEventListener('pointerdown', outside);
    return () => document.removeEventListener('pointerdown', outside);
  }, [open]);

  const on_key = (event: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) {
      event.preventDefault();
      const all = [...(list.current?.querySelectorAll<HTMLElement>('[role=menuitem]') ?? [])];
      all[(all.indexOf(document.activeElement as HTMLElement) + step + all.length) % all.length]?.focus();
    } else if (event.key === 'Escape') {
      event.stopPropagation();
      event.preventDefault();
      show(false);
      opener.current?.focus();
    }
  };
  return (
    <span class="quick">
      <button ref={opener} type="button" class="tool" aria-label={label} title={label} aria-haspopup="menu" aria-expanded={open} data-testid={testid} onClick={() => show(!open)}>
        {button}
      </button>
      {open && (
        <div ref={list} class={above ? 'quick-menu above' : 'quick-menu'} role="menu" aria-label={label} onKeyDown={on_key}>
          <p class="quick-title" role="presentation">{title}</p>
          {items.map((item) => (
            <button
              key={item.key}
              type="button"
              role="menuitem"
              data-testid={`${testid}-item`}
              data-key={item.key}
              onClick={() => {
                show(false);
                opener.current?.focus();
                item.choose();
              }}
            >
              {item.label}
              {item.note && <small>{item.note}</small>}
            </button>
          ))}
        </div>
      )}
    </span>
  );
}
