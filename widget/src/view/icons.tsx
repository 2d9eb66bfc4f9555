// Small drawings on a 24 grid, inline so that no picture is fetched. Each is decoration: its button has the name.

const paths = {
  chat: 'M9 19a9 8 0 1 0-5-4c0 2 0 4-1 5 2 0 4 0 6-1Z',
  bell: 'M5 17h14c-2-2-2-3-2-6a5 5 0 0 0-10 0c0 3 0 4-2 6Zm5 3c1 1 3 1 4 0M12 6V3',
  person: 'M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8Zm-8 8c1-7 15-7 16 0',
  check: 'm5 13 4 4L19 7',
  checks: 'm2 13 4 4L16 7m-4 9 1 1L23 7',
  clock: 'M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18Zm0-14v5l3 2',
  alert: 'M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18Zm0-14v6m0 3v.1',
  down: 'm6 9 6 6 6-6',
  close: 'm6 6 12 12m0-12L6 18',
  send: 'M12 19V5m-6 6 6-6 6 6',
  star: 'm12 4 2.5 5 5.5.8-4 4 1 5.5-5-2.6-5 2.6 1-5.5-4-4L9.5 9Z',
} as const;

export type IconName = keyof typeof paths;

export function Icon({ name, size = 20 }: { name: IconName; size?: number }) {
  return (
    <svg class={`icon icon-${name}`} viewBox="0 0 24 24" width={size} height={size} aria-hidden="true">
      <path d={paths[name]} />
    </svg>
  );
}
