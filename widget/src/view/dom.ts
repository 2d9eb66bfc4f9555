// Draws the widget: descriptions of elements in, the fewest changes to the page out. It keeps the part of Preact's
// contract that the widget needs (its types are used as they are) and nothing of the rest, because every visitor of
// every shop downloads it. It makes nodes by name only, never from a string of markup. Synchronous but for `forceUpdate`.
//
// What to know when writing a component: it draws exactly one element or nothing; every property is an attribute but
// `value` and `defaultValue`; `null`, `false` and `true` hold their place as empty text, so that what stands beside
// something optional keeps its identity; what moves or comes and goes in a list has a `key`;
// `render` reads its argument, not `this.props`, which become the new ones when the drawing stands.

import type * as Preact from 'preact';

type Props = Record<string, unknown>;
type Act = () => void;
type Handler = (event: Event) => void;

interface Description {
  type: string | DrawFunction | (new (props: Props) => Drawer);
  props: Props;
  key?: string | number | null;
  ref?: Ref | null;
}

type DrawFunction = (props: Props) => unknown;
type Ref = ((node: Node | null) => void) | { current: Node | null };
type Child = Description | string;

/** A child that stands on the page. */
interface Spot {
  child: Child;
  /** A component has none of its own: its one child's is its node. */
  node?: Node;
  inside: Spot[];
  drawer?: Drawer | null;
  svg?: boolean;
  on?: Record<string, Handler | undefined>;
}

/** What a component class may have. */
interface Drawer {
  props: Props;
  render(props: Props): unknown;
  shouldComponentUpdate?(next: Props): boolean;
  componentDidMount?(): void;
  componentDidUpdate?(before: Props): void;
  componentWillUnmount?(): void;
}

export function h(type: Description['type'], given: (Props & Pick<Description, 'key' | 'ref'>) | null, ...children: unknown[]): Description {
  const { key, ref, ...props } = given ?? {};
  return { type, key: key ?? null, ref: ref ?? null, props: children.length > 0 ? { ...props, children } : props };
}

export const createRef = <T>(): { current: T | null } => ({ current: null });

const places = new WeakMap<object, Spot>();

class Base {
  props: Props;
  #scheduled = false;

  constructor(props: Props) {
    this.props = props;
  }

  /** Draws again before the browser paints, once however often it is asked. */
  forceUpdate(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    queueMicrotask(() => {
      this.#scheduled = false;
      const spot = places.get(this);
      if (spot) finish((acts) => fill(spot, this.props, acts));
    });
  }
}

export const Component = Base as unknown as typeof Preact.Component;

/** Draws `child` as all there is in `root`; null takes everything away again. */
export function render(child: Preact.ComponentChild, root: Element | ShadowRoot): void {
  const spot = places.get(root) ?? { child: '', node: root, inside: [] };
  places.set(root, spot);
  finish((acts) => drawAll(child, spot, root, acts));
}

// Refs and lifecycle methods run when everything stands where it belongs, children before parents.
function finish(work: (acts: Act[]) => void): void {
  const acts: Act[] = [];
  work(acts);
  for (const act of acts) act();
}

function draw(child: Child, old: Spot | undefined, svg: boolean, acts: Act[]): Spot {
  if (typeof child === 'string') return drawText(child, old);
  return typeof child.type === 'string' ? drawElement(child, child.type, old, svg, acts) : drawComponent(child, old, svg, acts);
}

function drawText(text: string, old: Spot | undefined): Spot {
  if (!old) return { child: text, node: document.createTextNode(text), inside: [] };
  if (old.child !== text) (old.node as Text).data = text;
  old.child = text;
  return old;
}

function drawElement(child: Description, name: string, old: Spot | undefined, svg: boolean, acts: Act[]): Spot {
  const inSvg = svg || name === 'svg';
  const node = (old?.node as HTMLElement) ?? document.createElementNS(`http://www.w3.org/${inSvg ? '2000/svg' : '1999/xhtml'}`, name);
  const spot = old ?? { child, node, inside: [], svg: inSvg, on: {} };
  const before = old ? (old.child as Description) : null;
  const { props, ref } = child;
  for (const key of Object.keys({ ...before?.props, ...props })) {
    if (key !== 'children') setProperty(spot, node, key, before?.props[key], props[key]);
  }
  drawAll(props.children, spot, node, acts);
  if (before?.ref !== ref) acts.push(() => tell(ref, node));
  spot.child = child;
  return spot;
}

function drawComponent(child: Description, old: Spot | undefined, svg: boolean, acts: Act[]): Spot {
  const { props } = child;
  const type = child.type as new (props: Props) => Drawer;
  const spot = old ?? { child, inside: [], svg, drawer: type.prototype?.render ? new type(props) : null };
  const { drawer } = spot;
  const quiet = old && drawer?.shouldComponentUpdate?.(props) === false;
  spot.child = child;
  if (!quiet) fill(spot, props, acts);
  else drawer!.props = props;
  return spot;
}

// What a component draws, in the place of what it drew before.
function fill(spot: Spot, props: Props, acts: Act[]): void {
  const { drawer, inside: [old], svg = false } = spot;
  const before = drawer?.props;
  if (drawer) places.set(drawer, spot);
  const child = tidy(drawer ? drawer.render(props) : ((spot.child as Description).type as DrawFunction)(props))[0]!;
  const same = old && typeOf(old.child) === typeOf(child);
  const now = draw(child, same ? old : undefined, svg, acts);
  if (old && !same) {
    (nodeOf(old) as ChildNode).replaceWith(nodeOf(now));
    forget(old);
  }
  spot.inside = [now];
  if (!drawer) return;
  drawer.props = props; // only now: what failed to draw must not count as drawn
  acts.push(() => (old ? drawer.componentDidUpdate?.(before!) : drawer.componentDidMount?.()));
}

function drawAll(children: unknown, spot: Spot, parent: Node, acts: Act[]): void {
  const left = new Map(spot.inside.map((old, at) => [keyOf(old.child, at), old]));
  const gone = new Set(spot.inside); // not the map's values: of two with the same key, a mistake, it knows only one
  const inside = tidy(children).map((child, at) => {
    const key = keyOf(child, at);
    const old = left.get(key);
    if (!old || typeOf(old.child) !== typeOf(child)) return draw(child, undefined, spot.svg === true, acts);
    left.delete(key);
    gone.delete(old);
    return draw(child, old, spot.svg === true, acts);
  });
  for (const old of gone) {
    (nodeOf(old) as ChildNode).remove();
    forget(old);
  }
  // From the end, so that whatever already stands before its right neighbour is left alone.
  let next: Node | null = null;
  for (let at = inside.length - 1; at >= 0; at -= 1) {
    const node: Node = nodeOf(inside[at]!);
    if (node.parentNode !== parent || node.nextSibling !== next) parent.insertBefore(node, next);
    next = node;
  }
  spot.inside = inside;
}

function forget({ child, drawer, inside }: Spot): void {
  if (drawer) {
    places.delete(drawer);
    drawer.componentWillUnmount?.();
  }
  if (typeof child === 'object') tell(child.ref, null);
  inside.forEach(forget);
}

function tell(ref: Ref | null | undefined, node: Node | null): void {
  if (typeof ref === 'function') ref(node);
  else if (ref) ref.current = node;
}

function setProperty({ on }: Spot, node: HTMLElement, name: string, before: unknown, value: unknown): void {
  if (name === 'value') {
    // Compared with what stands there: the customer may have typed since.
    if ((node as HTMLInputElement).value !== value) (node as HTMLInputElement).value = String(value ?? '');
  } else if (before === value) {
    return;
  } else if (name.startsWith('on')) {
    const type = name.slice(2).toLowerCase();
    // One listener for the life of the node, whatever function stands behind it today.
    if (!(type in on!)) node.addEventListener(type, (event) => on![type]?.(event));
    on![type] = value as Handler;
  } else if (name === 'defaultValue') {
    (node as HTMLInputElement).defaultValue = String(value ?? '');
  } else if (value === undefined || value === null || (value === false && name[4] !== '-')) {
    node.removeAttribute(name); // `aria-…` and `data-…` can say false, anything else that is false is absent
  } else {
    node.setAttribute(name, value === true && name[4] !== '-' ? '' : String(value));
  }
}

const nodeOf = (spot: Spot): Node => spot.node ?? nodeOf(spot.inside[0]!);

const typeOf = (child: Child) => (typeof child === 'string' ? '' : child.type);

const keyOf = (child: Child, at: number) => (typeof child === 'string' ? at : (child.key ?? at));

function tidy(children: unknown): Child[] {
  return [children].flat(Infinity).map((one) => {
    if (typeof one === 'object' && one) return one as Description;
    return one === null || one === undefined || typeof one === 'boolean' ? '' : String(one);
  });
}
