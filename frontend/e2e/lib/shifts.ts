// What moves in a page by itself, as Chromium tells of it (Layout Instability API).
// Functions that are sent to the page as they stand, so each must be whole in itself.

declare global {
  interface Window {
    watching: PerformanceObserver;
    moved: string[];
  }
}

/** From now on the page notes what moves in it, a line each. */
export function watchShifts(): void {
  interface Shift extends PerformanceEntry {
    sources: { node: Node | null; previousRect: DOMRect; currentRect: DOMRect }[];
  }
  window.moved = [];
  const place = (r: DOMRect) => [r.x, r.y, r.width, r.height].map(Math.round).join(' ');
  const name = (node: Node | null) =>
    node instanceof Element
      ? `${node.localName}.${node.getAttribute('class') ?? ''}`
      : (node?.textContent ?? '');
  window.watching = new PerformanceObserver((list) => {
    for (const { sources } of list.getEntries() as Shift[]) {
      for (const { node, previousRect, currentRect } of sources)
        window.moved.push(`${name(node)} from ${place(previousRect)} to ${place(currentRect)}`);
    }
  });
  window.watching.observe({ type: 'layout-shift' });
}

/** Waits until what the page holds is on the screen. */
export async function drawn(): Promise<void> {
  for (let i = 0; i < 2; i++)
    await new Promise((told) => requestAnimationFrame(() => setTimeout(told)));
}

/** What moved since watchShifts. */
export async function shifts(): Promise<string[]> {
  for (let i = 0; i < 2; i++)
    await new Promise((told) => requestAnimationFrame(() => setTimeout(told)));
  window.watching.disconnect();
  return window.moved;
}
