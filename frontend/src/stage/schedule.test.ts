import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { Clock } from './clock';
import { codecString } from './h264';
import { takeDue } from './queue';

describe('Clock', () => {
  it('takes the least difference for the true one', () => {
    const clock = new Clock();
    for (const delay of [9, 0.5, 30, 4]) clock.sample(1_000_000, 500 + delay);
    expect(clock.toPage(1_000_040)).toBe(540.5);
  });

  it('follows a clock that drifts', () => {
    const clock = new Clock();
    // The page's clock runs 1 ms a second slow: after 60 s it is 60 ms behind.
    for (let t = 0; t <= 60_000; t += 33) clock.sample(t, t * 0.999);
    expect(Math.abs(clock.toPage(60_000) - 59_940)).toBeLessThan(11);
    // ... and fast: the least of the last 5 to 10 s.
    const fast = new Clock();
    for (let t = 0; t <= 60_000; t += 33) fast.sample(t, t * 1.001);
    expect(Math.abs(fast.toPage(60_000) - 60_060)).toBeLessThan(11);
  });

  it.each([3_600_000, -3_600_000])('follows a clock that was set by %i ms', (step) => {
    const clock = new Clock();
    clock.sample(1000, 1000);
    clock.sample(2000 + step, 2000);
    expect(clock.toPage(3000 + step)).toBe(3000);
  });
});

describe('takeDue', () => {
  const queue = (...times: number[]) => times.map((due) => ({ due }));

  it('draws nothing before its time', () => {
    const q = queue(100, 133);
    expect(takeDue(q, 99)).toEqual({ late: [] });
    expect(q).toHaveLength(2);
  });

  it('draws the last picture that is due and leaves out those before it', () => {
    const q = queue(100, 133, 166, 200);
    expect(takeDue(q, 170)).toEqual({ draw: { due: 166 }, late: queue(100, 133) });
    expect(q).toEqual(queue(200));
  });

  it('draws a picture that is due before an earlier one', () => {
    const q = queue(500, 100);
    expect(takeDue(q, 100)).toEqual({ draw: { due: 100 }, late: queue(500) });
  });

  it('gives every picture once and in order', () => {
    const picture = fc.record({ due: fc.integer({ min: 0, max: 1000 }) });
    fc.assert(
      fc.property(fc.array(picture), fc.array(fc.nat(1000)), (pictures, times) => {
        const q = [...pictures];
        const out = [];
        for (const now of [...times.sort((a, b) => a - b), 1000]) {
          const { draw, late } = takeDue(q, now);
          out.push(...late, ...(draw ? [draw] : []));
        }
        expect(out).toEqual(pictures);
      }),
    );
  });
});

describe('codecString', () => {
  it('reads profile, constraints and level of the parameter set', () => {
    const aud = [0, 0, 0, 1, 9, 0xf0];
    expect(codecString(new Uint8Array([...aud, 0, 0, 0, 1, 0x67, 0x42, 0xc0, 0x0d, 0xaa]))).toBe(
      'avc1.42c00d',
    );
    expect(codecString(new Uint8Array([0, 0, 1, 0x27, 0x64, 0, 0x28, 1]))).toBe('avc1.640028');
  });

  it('falls back to constrained baseline', () => {
    expect(codecString(new Uint8Array([0, 0, 1, 0x65, 1, 2, 3, 4]))).toBe('avc1.42e01f');
    expect(codecString(new Uint8Array())).toBe('avc1.42e01f');
  });
});
