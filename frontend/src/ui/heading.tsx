import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';

let screens = 0;

/**
 * The heading of a screen. It takes the focus when its screen replaces another,
 * so that a screen reader says where one is.
 */
export function Heading({ children, hidden }: { children: ComponentChildren; hidden?: boolean }) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    if (screens++ > 0) heading.current?.focus({ preventScroll: true });
  }, []);
  return (
    <h1 ref={heading} tabIndex={-1} class={hidden ? 'visually-hidden' : undefined}>
      {children}
    </h1>
  );
}
