// Small drawings on a 24 grid, inline so that no picture is fetched. Each is decoration: its button has the name.

const paths = {
  chat: 'M12 4c-5 0-9 3-9 7.5 0 2.5 1 4.5 3 6 0 1-.5 2-1.5 3 2 0 3.5-.5 5-1.8 5.5 1.3 11.5-2 11.5-7.2C21 7 17 4 12 4Z',
  bell: 'M5 17h14c-1-1-2-3-2-5 0-4-2-7-5-7s-5 3-5 7c0 2-1 4-2 5Zm5 3c1 1 3 1 4 0M12 5V3',
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
    <svg
      class={`icon icon-${name}`} viewBox="0 0 24 24" width={size} height={size} fill="none" stroke="currentColor"
      stroke-width="1.9" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true"
    >
      <path d={paths[name]} />
    </svg>
  );
}
