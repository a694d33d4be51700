import { useEffect, useState } from 'preact/hooks';
import { panels } from '../../model/panels.ts';
import { adopt } from '../adopt.ts';
import css from './invite.css?inline';

adopt(css); // of all that stands beside a code

const quiet = 4; // modules of white around the code: ISO/IEC 18004

interface Drawing {
  text: string;
  size: number;
  path: string;
}

/**
 * Draws text as a QR code, dark on white in every colour scheme: scanners want
 * it so. What draws it is loaded with the first one: whoever joins needs none.
 */
export function Qr({ text, name = panels().invite.qr }: { text: string; name?: string }) {
  const [drawing, setDrawing] = useState<Drawing>();
  useEffect(() => {
    let wanted = true;
    void draw(text).then((d) => wanted && setDrawing(d));
    return () => void (wanted = false);
  }, [text]);
  const { size, path } = drawing?.text === text ? drawing : { size: 1, path: '' };
  return (
    <svg
      class="qr"
      role="img"
      aria-label={name}
      aria-busy={path === ''}
      viewBox={`0 0 ${size} ${size}`}
      shape-rendering="crispEdges"
    >
      <path d={path} fill="#10201b" />
    </svg>
  );
}

async function draw(text: string): Promise<Drawing> {
  const { generate } = await import('lean-qr');
  const code = generate(text);
  let path = '';
  for (let y = 0; y < code.size; y++) {
    for (let x = 0; x < code.size; x++) {
      if (code.get(x, y)) path += `M${x + quiet} ${y + quiet}h1v1h-1z`;
    }
  }
  return { text, size: code.size + 2 * quiet, path };
}
