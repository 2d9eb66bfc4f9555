// Small drawings on a 24 grid, inline so that no picture is fetched. Each is decoration: its button has the name.

const paths = {
  bell: 'M5 17h14c-2-2-2-3-2-6a5 5 0 0 0-10 0c0 3 0 4-2 6Zm5 3c1 1 3 1 4 0M12 6V3',
  person: 'M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8Zm-8 8c1-7 15-7 16 0',
  check: 'm5 13 4 4L19 7',
  checks: 'm2 13 4 4L16 7m-4 9 1 1L23 7',
  clock: 'M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18Zm0-14v5l3 2',
  alert: 'M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18Zm0-14v6m0 3v.1',
  down: 'm6 9 6 6 6-6',
  close: 'm6 6 12 12m0-12L6 18',
  send: 'M12 19V5m-6 6 6-6 6 6',
  clip: 'm20 11-8 8a5 5 0 0 1-7-7l8-8a3.4 3.4 0 0 1 5 5l-8 8a1.7 1.7 0 0 1-2.4-2.4l7-7',
  file: 'M13 3H7a2 2 0 0 0-2 2v14a2 2 0 0 0 2 2h10a2 2 0 0 0 2-2V9Zm0 0v6h6',
  trash: 'M4 7h16M9 7V4h6v3m-8.5 0 1 13h9l1-13M10 11v5m4-5v5',
  more: 'M5 12h.01M12 12h.01M19 12h.01',
  download: 'M12 4v11m-5-4 5 5 5-5M5 20h14',
  end: 'M14 4h4a2 2 0 0 1 2 2v12a2 2 0 0 1-2 2h-4M4 12h11m-4-4 4 4-4 4',
  sound: 'M4 9.5v5h3.5L12 18V6L7.5 9.5ZM16 9a4 4 0 0 1 0 6m2.5-9a8 8 0 0 1 0 12',
  mute: 'M4 9.5v5h3.5L12 18V6L7.5 9.5ZM16 10l5 5m0-5-5 5',
  again: 'M20 12a8 8 0 1 1-2.5-5.8M20 3v4.5h-4.5',
  pencil: 'm4 20 1-4L16 5l3 3L8 19Z',
  mail: 'M4 6h16v12H4Zm0 1 8 6 8-6',
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
