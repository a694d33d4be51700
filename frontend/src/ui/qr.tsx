import { generate } from 'lean-qr';
import { useMemo } from 'preact/hooks';
import { words } from '../model/words.ts';

const quiet = 4; // modules of white around the code: ISO/IEC 18004

/** Draws text as a QR code, dark on white in every colour scheme: scanners want it so. */
export function Qr({ text }: { text: string }) {
  const { size, path } = useMemo(() => {
    const code = generate(text);
    let path = '';
    for (let y = 0; y < code.size; y++) {
      for (let x = 0; x < code.size; x++) {
        if (code.get(x, y)) path += `M${x + quiet} ${y + quiet}h1v1h-1z`;
      }
    }
    return { size: code.size + 2 * quiet, path };
  }, [text]);
  return (
    <svg
      class="qr"
      role="img"
      aria-label={words.label.qr}
      viewBox={`0 0 ${size} ${size}`}
      shape-rendering="crispEdges"
    >
      <path d={path} fill="#10201b" />
    </svg>
  );
}
