// @vitest-environment happy-dom
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { Component as TypedComponent, h, render as renderTyped } from './dom.ts';

// Here elements are made by hand, so Preact's types for them are in the way.
const Component = TypedComponent as unknown as new (props: Record<string, unknown>) => {
  props: Record<string, unknown>;
  forceUpdate(): void;
};
const render = (child: unknown) => renderTyped(child as null, root);
const tick = () => new Promise((resolve) => setTimeout(resolve));
const list = (...keys: string[]) => h('ol', null, keys.map((key) => h('li', { key }, key)));
const words = () => [...root.querySelectorAll('li')].map((item) => item.textContent).join('');

let root: HTMLElement;

beforeEach(() => {
  root = document.createElement('div');
});

describe('elements', () => {
  it('are made once and changed in place', () => {
    render(h('p', { class: 'a', title: 'x' }, 'one ', 1));
    const paragraph = root.firstElementChild!;
    expect(root.innerHTML).toBe('<p class="a" title="x">one 1</p>');
    render(h('p', { class: 'b' }, 'two ', 2));
    expect(root.innerHTML).toBe('<p class="b">two 2</p>');
    expect(root.firstElementChild).toBe(paragraph);
    render(null);
    expect(root.innerHTML).toBe('');
  });

  it('say false where false is a word, and are silent where it is not', () => {
    render(h('button', { hidden: false, 'aria-pressed': false, 'aria-busy': true, disabled: true, part: undefined }));
    expect(root.innerHTML).toBe('<button aria-pressed="false" aria-busy="true" disabled=""></button>');
  });

  it('never become markup, whatever they say', () => {
    render(h('p', { title: '"><script>' }, '<img onerror=alert(1)>'));
    expect(root.querySelectorAll('*').length).toBe(1);
    expect(root.textContent).toBe('<img onerror=alert(1)>');
  });

  it('keep their neighbours when something optional comes and goes', () => {
    const draw = (extra: boolean) => render(h('div', null, extra && h('b', null), h('i', null)));
    draw(false);
    const stays = root.querySelector('i');
    draw(true);
    expect(root.innerHTML).toBe('<div><b></b><i></i></div>');
    draw(false);
    expect(root.innerHTML).toBe('<div><i></i></div>');
    expect(root.querySelector('i')).toBe(stays);
  });

  it('are of the right kind inside and outside a drawing', () => {
    render(h('p', null, h('svg', null, h('path', { d: 'M0 0' })), h('b', null)));
    expect([...root.querySelectorAll('*')].map((one) => one.namespaceURI!.split('/').at(-1))).toEqual([
      'xhtml', 'svg', 'svg', 'xhtml',
    ]);
  });

  it('call today’s function with one listener', () => {
    const calls: string[] = [];
    for (const name of ['old', 'new']) render(h('button', { onClick: () => calls.push(name) }));
    root.querySelector('button')!.click();
    render(h('button', null));
    root.querySelector('button')!.click();
    expect(calls).toEqual(['new']);
  });

  it('give a field its value back, and leave what the customer typed when it is the same', () => {
    render(h('textarea', { value: 'a' }));
    const field = root.querySelector('textarea')!;
    field.value = 'ab';
    const set = vi.spyOn(field, 'value', 'set');
    render(h('textarea', { value: 'ab' }));
    expect(set).not.toHaveBeenCalled();
    render(h('textarea', { value: '' }));
    expect(field.value).toBe('');
  });

  it('tell their refs when they come and when they go', () => {
    const seen: unknown[] = [];
    const ref = (node: Node | null) => void seen.push(node?.nodeName ?? null);
    render(h('div', null, h('b', { ref })));
    render(h('div', null, h('b', { ref })));
    render(h('div', null));
    expect(seen).toEqual(['B', null]);
  });
});

describe('lists', () => {
  it.each([
    ['abc', 'abcd'], ['abc', 'xabc'], ['abc', 'axbc'], ['abc', 'bc'], ['abc', 'ac'], ['abc', 'cab'], ['abcd', 'dcba'],
    ['', 'abc'], ['abc', ''], ['abc', 'xyz'], ['abcd', 'bxd'],
  ])('go from %s to %s and keep every node that stays', (before, after) => {
    render(list(...before));
    const nodes = new Map([...root.querySelectorAll('li')].map((item) => [item.textContent, item]));
    render(list(...after));
    expect(words()).toBe(after);
    for (const item of root.querySelectorAll('li')) {
      if (nodes.has(item.textContent)) expect(nodes.get(item.textContent)).toBe(item);
    }
  });

  it('forget nobody when two have the same key by mistake', () => {
    render(list(...'aab'));
    render(list(...'ab'));
    expect(words()).toBe('ab');
  });

  it('touch nothing but what is new', () => {
    render(list(...'abc'));
    const insert = vi.spyOn(Node.prototype, 'insertBefore');
    render(list(...'abcd'));
    expect(insert).toHaveBeenCalledTimes(2); // the text into the item, the item into the list
  });
});

describe('components', () => {
  const steps: string[] = [];

  class Part extends Component {
    name = String(this.props.name);
    shouldComponentUpdate(next: Record<string, unknown>): boolean {
      return next.text !== this.props.text;
    }
    componentDidMount(): void {
      steps.push(`${this.name} came, ${root.isConnected || root.contains(root.querySelector('b')) ? 'in place' : 'nowhere'}`);
    }
    componentDidUpdate(before: Record<string, unknown>): void {
      steps.push(`${this.name} was ${String(before.text)}`);
    }
    componentWillUnmount(): void {
      steps.push(`${this.name} went`);
    }
    render({ text }: Record<string, unknown>): unknown {
      if (text === 'broken') throw new Error('broken');
      return h('b', null, text);
    }
  }
  const part = (name: string, text: string) => h(Part as never, { key: name, name, text });

  beforeEach(() => void steps.splice(0));

  it('hear of their life in order, and only of what happens', () => {
    render(h('div', null, part('one', '1'), part('two', '2')));
    render(h('div', null, part('one', '1'), part('two', '3')));
    render(h('div', null, part('two', '3')));
    expect(steps).toEqual(['one came, in place', 'two came, in place', 'two was 2', 'one went']);
  });

  it('draw again by themselves, once for many wishes, and never after their end', async () => {
    let draws = 0;
    let again = () => {};
    class Counter extends Component {
      render(): unknown {
        again = () => this.forceUpdate();
        draws += 1;
        return draws === 2 ? h('i', null, draws) : h('b', null, draws);
      }
    }
    render(h('div', null, 'a', h(Counter as never, null), 'z'));
    again();
    again();
    await tick();
    expect(root.innerHTML).toBe('<div>a<i>2</i>z</div>');
    render(h('div', null, 'a', h(Counter as never, null), 'z'));
    expect(root.innerHTML).toBe('<div>a<b>3</b>z</div>');
    render(null);
    again();
    await tick();
    expect(draws).toBe(3);
  });

  it('that fail to draw once draw well the next time', () => {
    render(h('div', null, h('i', null, 1), part('one', '1')));
    expect(() => render(h('div', null, h('i', null, 2), part('one', 'broken'), part('two', '2')))).toThrow('broken');
    render(h('div', null, h('i', null, 3), part('one', '3'), part('two', '3')));
    expect(root.innerHTML).toBe('<div><i>3</i><b>3</b><b>3</b></div>');
  });

  it('may draw nothing, and something later, in the same place', () => {
    const Maybe = ({ on }: Record<string, unknown>) => (on ? h('b', null) : null);
    const draw = (on: boolean) => render(h('div', null, h(Maybe, { on }), h('i', null)));
    draw(false);
    draw(true);
    expect(root.innerHTML).toBe('<div><b></b><i></i></div>');
    draw(false);
    expect(root.innerHTML).toBe('<div><i></i></div>');
  });
});
