import { expect, test } from 'vitest';
import { Pace, type Supply } from './pace.ts';

/** How a file went over a link, a figure each 100 ms: bit/s that arrived, and the ms that
 * its last piece waited before the link. */
interface Course {
  came: number[];
  queue: number[];
}

const mean = (list: number[]) => list.reduce((sum, n) => sum + n, 0) / list.length;
const seconds = (list: number[], from: number, to: number) => list.slice(from * 10, to * 10);

/** A file without end over a link that leaves so many bit/s, with a round trip of 40 ms. */
function overALink(length: number, left: number, supply?: (at: number) => Supply): Course {
  const pace = new Pace(0);
  const course: Course = { came: [], queue: [] };
  const flying: { end: number; at: number; busy: boolean; arrives: number }[] = [];
  let [link, sent, came, told, waits] = [0, 0, 0, 0, 0];
  for (let now = 0; now < length * 1000; now++) {
    for (let f = flying[0]; f && f.arrives <= now; f = flying[0]) {
      flying.shift();
      pace.acked(f.end - came, f.at, f.busy, f.arrives);
      came = f.end;
    }
    while (pace.wait(now) === 0 && sent - came < pace.window) {
      const { piece } = pace;
      waits = Math.max(0, link - now);
      link = Math.max(link, now) + (piece * 8000) / left;
      sent += piece;
      pace.sent(piece, now);
      flying.push({ end: sent, at: now, busy: sent - came < pace.window, arrives: link + 40 });
    }
    if (now % 500 === 0 && supply) pace.supplied(supply(now / 1000), now);
    if (now % 100 === 0 && now > 0) {
      course.came.push((came - told) * 80);
      course.queue.push(waits);
      told = came;
    }
  }
  return course;
}

test.each([1e6, 10e6, 50e6])(
  'a file takes the %d bit/s that there are, without a queue',
  (left) => {
    const { came, queue } = overALink(60, left);
    expect(mean(seconds(came, 0, 5))).toBeGreaterThan(left / 2);
    expect(mean(seconds(came, 5, 59))).toBeGreaterThan(0.8 * left);
    expect(Math.max(...seconds(queue, 0, 5))).toBeLessThan(50);
    expect(Math.max(...seconds(queue, 5, 59))).toBeLessThan(40);
  },
);

test.each([
  [1, 3],
  [3, 3],
  [60, 8],
])('a picture that wants for %d s holds it up for %d s more at most', (wants, most) => {
  const { came } = overALink(10 + wants + most + 1, 50e6, (at) => ({
    available: 2e6,
    wanting: at > 10 && at < 10 + wants,
  }));
  const before = mean(seconds(came, 8, 10));
  expect(mean(seconds(came, 9 + wants + most, 10 + wants + most))).toBeGreaterThan(0.8 * before);
  if (wants === 60) expect(mean(seconds(came, 69, 70))).toBeLessThan(1.1 * 0.12 * 2e6);
});
