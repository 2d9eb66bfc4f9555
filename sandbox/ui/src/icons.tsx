// Line icons, drawn for this page.

const paths = {
  thread: 'M4 5.500h12v8H9l-3.500 3v-3H4zM7.500 8.500h5M7.500 11h3',
  react: 'M10 17a7 7 0 1 1 5-2.100M7 11.500c.8 1.400 1.800 2 3 2s2.200-.6 3-2M7.700 8v.5M12.300 8v.5M16 3v4M14 5h4',
  edit: 'M4 16l.8-3.400L13 4.400l2.600 2.600-8.200 8.200zM11.500 6l2.600 2.600',
  trash: 'M4.500 6h11M8 6V4h4v2M6 6l.7 10h6.600L14 6M8.700 9v4M11.300 9v4',
  link: 'M8.500 11.500l3-3M9 6.500l1.800-1.800a2.800 2.800 0 0 1 4 4L13 10.500M11 13.500l-1.800 1.800a2.800 2.800 0 0 1-4-4L7 9.500',
  close: 'M5 5l10 10M15 5L5 15',
  menu: 'M3 6h14M3 10h14M3 14h14',
  send: 'M3.500 10L17 4l-4 13-3.500-5.500zM9.500 11.500L17 4',
  bolt: 'M11 2.500L4.500 11.500H9l-.8 6L15.500 8H11z',
  back: 'M12 4l-6 6 6 6',
  down: 'M10 4v12M5 11l5 5 5-5',
  file: 'M6 3h5.500L15 6.500V17H6zM11 3v4h4M8.500 10.500h4M8.500 13.500h4',
  attach: 'M14.500 9l-5 5a3 3 0 0 1-4.200-4.200l5.700-5.700a2 2 0 0 1 2.900 2.900l-5.600 5.600a1 1 0 0 1-1.500-1.500L11.500 6.500',
  more: 'M10 4.500v.1M10 10v.1M10 15.500v.1',
  home: 'M4 9.500L10 4l6 5.500M6 8.500V16h8V8.500',
  lock: 'M5.500 9.500h9v7h-9zM7.500 9.500v-2a2.500 2.500 0 0 1 5 0v2',
} as const;

export function Icon({ name }: { name: keyof typeof paths }) {
  return (
    <svg class="icon" viewBox="0 0 20 20" width="20" height="20" aria-hidden="true">
      <path d={paths[name]} />
    </svg>
  );
}
