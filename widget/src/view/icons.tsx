// Small drawings on a 24 grid, inline so that no picture is fetched. Each is decoration: its button has the name.

const paths = {
  chat: 'M12 3.5c-5 0-9 3.4-9 7.7 0 2.4 1.3 4.6 3.3 6-.1 1.1-.6 2.1-1.4 3 1.9-.1 3.5-.8 4.7-1.7.8.2 1.6.3 2.4.3 5 0 9-3.4 9-7.6s-4-7.7-9-7.7Z',
  down: 'm6 9.5 6 6 6-6',
  close: 'm6.5 6.5 11 11m0-11-11 11',
  send: 'M12 19V5.5m-5.5 5L12 5l5.5 5.5',
  person: 'M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8Zm-7.5 8c.6-3.6 3.6-5.5 7.5-5.5s6.9 1.9 7.5 5.5',
  bell: 'M12 4.2v-.9m-7.2 13.2h14.4c-1.3-1.2-1.9-2.7-1.9-4.7 0-3.8-2-6.9-5.3-6.9s-5.3 3.1-5.3 6.9c0 2-.6 3.5-1.9 4.7Zm5.2 3.1c.5.6 1.2.9 2 .9s1.5-.3 2-.9',
  check: 'm5 12.5 4.5 4.5L19 7.5',
  checks: 'm2.5 12.5 4.3 4.5 8.7-9.5m-3.8 8.1 1.3 1.4 8.7-9.5',
  clock: 'M12 20.5a8.5 8.5 0 1 0 0-17 8.5 8.5 0 0 0 0 17ZM12 7.5V12l3 2',
  alert: 'M12 7.5v5.5m0 3.4v.1M12 20.5a8.5 8.5 0 1 0 0-17 8.5 8.5 0 0 0 0 17Z',
  file: 'M7 3.5h6.5L18 8v12.5H7zM13.5 3.5V8H18',
  star: 'm12 3.8 2.5 5.2 5.7.8-4.1 4 1 5.7-5.1-2.7-5.1 2.7 1-5.7-4.1-4 5.7-.8Z',
} as const;

export type IconName = keyof typeof paths;

export function Icon({ name, size = 20 }: { name: IconName; size?: number }) {
  return (
    <svg
      class={`icon icon-${name}`} viewBox="0 0 24 24" width={size} height={size} fill="none" stroke="currentColor"
      stroke-width="1.9" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true" focusable="false"
    >
      <path d={paths[name]} />
    </svg>
  );
}
