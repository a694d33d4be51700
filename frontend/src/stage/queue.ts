// Pictures that wait for their time, in the order of decoding.

export interface Due {
  /** When to draw it: ms on the page's clock. */
  readonly due: number;
}

/** Splits off what is due at `now`: the last such picture to draw, those before it to leave out. */
export function takeDue<P extends Due>(queue: P[], now: number): { draw?: P; late: P[] } {
  let last = queue.length - 1;
  for (; last >= 0; last--) {
    const p = queue[last];
    if (p !== undefined && p.due <= now) break;
  }
  const late = queue.splice(0, last + 1);
  const draw = late.pop();
  return draw === undefined ? { late } : { draw, late };
}
