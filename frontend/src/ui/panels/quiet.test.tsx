// @vitest-environment happy-dom
import { render } from 'preact';
import { act } from 'preact/test-utils';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { idle, type Snapshot } from '../../model/snapshot.ts';
import { patience } from './hiding.ts';
import { Quiet } from './quiet.tsx';

const connected: Snapshot = { ...idle, state: 'connected' };
const hungUp = vi.fn();
let root: HTMLElement;

const show = (s: Snapshot, notice = false) =>
  act(() =>
    render(
      <main class="room">
        <div class="tile" />
        <div class="room__top" />
        {notice && <p class="notice" />}
        <div class="bar">
          <button type="button" onClick={hungUp} />
        </div>
        {s.state === 'connected' && <Quiet snapshot={s} />}
      </main>,
      root,
    ),
  );

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  hungUp.mockClear();
  root = document.createElement('div');
  document.body.append(root);
  await show(connected);
});

afterEach(async () => {
  await act(() => render(null, root));
  root.remove();
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
});

const quiet = () => root.querySelector('.room')!.hasAttribute('data-quiet');
const wait = () => vi.advanceTimersByTime(patience);
const find = (selector: string) => root.querySelector<HTMLElement>(selector)!;
const pointer = (type: string, pointerType: string, on: Element, screenX = 0) =>
  on.dispatchEvent(new PointerEvent(type, { pointerType, screenX, bubbles: true }));

function tap(on: Element): void {
  pointer('pointerdown', 'touch', on);
  on.dispatchEvent(new MouseEvent('click', { bubbles: true, cancelable: true }));
}

test('they go while nobody moves, and come back with a move or a key', () => {
  wait();
  expect(quiet()).toBe(true);
  pointer('pointermove', 'mouse', root, 10);
  expect(quiet(), 'where the pointer is, is no move').toBe(true);
  pointer('pointermove', 'mouse', root, 10);
  expect(quiet(), 'the page moved, the pointer did not').toBe(true);
  pointer('pointermove', 'mouse', root, 11);
  expect(quiet()).toBe(false);
  wait();
  expect(quiet()).toBe(true);
  root.dispatchEvent(new KeyboardEvent('keydown', { key: 'Tab', bubbles: true }));
  expect(quiet()).toBe(false);
});

test('a tap on the picture puts them away and brings them back', () => {
  tap(find('.tile'));
  expect(quiet()).toBe(true);
  tap(find('.tile'));
  expect(quiet()).toBe(false);
});

test('a tap presses nothing that was not seen; a screen reader and a program do', () => {
  wait();
  tap(find('.bar button'));
  expect(hungUp).not.toHaveBeenCalled();
  expect(quiet()).toBe(false);
  tap(find('.bar button'));
  expect(hungUp).toHaveBeenCalledTimes(1);
  wait();
  find('.bar button').click();
  expect(hungUp).toHaveBeenCalledTimes(2);
  expect(quiet()).toBe(false);
});

test('a notice keeps them, and brings them back', async () => {
  wait();
  expect(quiet()).toBe(true);
  await show(connected, true);
  expect(quiet()).toBe(false);
  wait();
  wait();
  expect(quiet()).toBe(false);
  await show(connected);
  wait();
  expect(quiet()).toBe(true);
});

test('a microphone that goes off brings them back, and so does a call that breaks', async () => {
  wait();
  await show({ ...connected, microphone: { on: false } });
  expect(quiet()).toBe(false);
  wait();
  expect(quiet()).toBe(true);
  await show({ ...connected, state: 'reconnecting' });
  expect(quiet()).toBe(false);
});
