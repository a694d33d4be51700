// @vitest-environment happy-dom
import { render } from 'preact';
import { act } from 'preact/test-utils';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Actions } from '../../host/host.ts';
import { panels } from '../../model/panels.ts';
import { Problem, type Failure } from '../../model/snapshot.ts';
import { words } from '../../model/words.ts';
import { Report } from '../action.ts';
import { ByHand } from './byhand.tsx';

const { label } = words;
const code = 'PARLEY:ABC234';

let root: HTMLElement;
let reported: Failure | undefined;

beforeEach(() => {
  root = document.createElement('div');
  document.body.append(root);
  reported = undefined;
  // happy-dom has no modal dialogs.
  HTMLDialogElement.prototype.showModal = vi.fn();
});

afterEach(() => {
  render(null, root);
  root.remove();
});

const show = (role: 'caller' | 'callee', actions: Actions) =>
  act(() =>
    render(
      <Report.Provider value={(f) => (reported = f)}>
        <ByHand role={role} code={code} actions={actions} />
      </Report.Provider>,
      root,
    ),
  );

const press = (name: string) =>
  act(() => {
    const found = [...root.querySelectorAll('button')].find((b) => b.textContent.trim() === name);
    if (!found) throw new Error(`no button ${name}`);
    found.click();
  });

test('the caller shows its code and takes the other side’s, typed or scanned', async () => {
  const enterCode = vi.fn(() => Promise.reject(new Problem('bad_code', 'cut')));
  const stop = vi.fn();
  let found: (code: string) => void = () => undefined;
  await show('caller', {
    enterCode,
    scan: (box, tell) => {
      expect(box.isConnected).toBe(true);
      found = tell;
      return stop;
    },
  });
  expect(root.textContent).toContain(code);
  expect(root.querySelector('svg[role=img]')?.getAttribute('aria-label')).toBe(panels().byHand.qr);
  const field = root.querySelector('input');
  expect(root.querySelector('label')?.htmlFor).toBe(field?.id);
  await act(() => {
    if (field) field.value = ' typed ';
    field?.dispatchEvent(new InputEvent('input', { bubbles: true }));
  });
  await press(panels().byHand.enter);
  expect(enterCode).toHaveBeenLastCalledWith('typed');
  expect(reported?.code).toBe('bad_code');

  await press(label.scan);
  expect(root.querySelector('.viewfinder + [role=status]')?.textContent).toBe(label.scanning);
  await act(() => found('PARLEY:SEEN'));
  expect(enterCode).toHaveBeenLastCalledWith('PARLEY:SEEN');
  expect(root.querySelector('dialog')).toBeNull();
  expect(stop).toHaveBeenCalled();
});

test('a camera that cannot be used is told, and closes the viewfinder', async () => {
  await show('caller', {
    enterCode: () => Promise.resolve(),
    scan: (_box, _found, failed) => {
      failed(new Problem('no_camera', 'none'));
      return () => undefined;
    },
  });
  await press(label.scan);
  expect(reported?.code).toBe('no_camera');
  expect(root.querySelector('dialog')).toBeNull();
});

test('the callee has nothing to enter', async () => {
  await show('callee', { enterCode: () => Promise.resolve() });
  expect(root.textContent).toContain(panels().byHand.back);
  expect(root.querySelector('input')).toBeNull();
});
