// @vitest-environment happy-dom
import { render } from 'preact';
import { afterEach, expect, test, vi } from 'vitest';
import { Notice } from './notice.tsx';

const root = document.createElement('div');
document.body.append(root);
afterEach(() => render(null, root));

const hidden = () => root.querySelector('p')?.getAttribute('aria-hidden');
const sentence = { what: 'You hung up.', next: 'Call again.' };

test('a live region is there before its words are, so that a screen reader says them', async () => {
  render(<Notice kind="info" sentence={sentence} />, root);
  expect(root.querySelector('[role=status]')).not.toBeNull();
  expect(hidden()).toBe('true');
  await vi.waitFor(() => expect(hidden()).toBe('false'));
});
