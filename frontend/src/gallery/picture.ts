// Stand-ins for a person in front of a camera and for a page on a screen, so that the
// gallery shows how controls sit on a picture.

/** Draws a person on a canvas of the given size. */
export function person(width: number, height: number, hue: number): HTMLCanvasElement {
  const canvas = document.createElement('canvas');
  canvas.width = width;
  canvas.height = height;
  const c = canvas.getContext('2d');
  if (!c) return canvas;
  c.fillStyle = `hsl(${hue + 15} 28% 67%)`;
  c.fillRect(0, 0, width, height);
  c.fillStyle = `hsl(${hue + 50} 55% 94%)`;
  c.fillRect(width * 0.68, height * 0.08, width * 0.2, height * 0.42);
  const unit = Math.min(width, height);
  const x = width / 2;
  const y = height * 0.46;
  c.fillStyle = `hsl(${hue + 180} 32% 34%)`;
  c.beginPath();
  c.ellipse(x, y + unit * 0.62, unit * 0.42, unit * 0.36, 0, 0, 2 * Math.PI);
  c.fill();
  c.fillStyle = '#d9a98a';
  c.fillRect(x - unit * 0.07, y + unit * 0.12, unit * 0.14, unit * 0.2);
  c.beginPath();
  c.ellipse(x, y, unit * 0.165, unit * 0.21, 0, 0, 2 * Math.PI);
  c.fill();
  c.fillStyle = '#3a2a22';
  c.beginPath();
  c.ellipse(x, y - unit * 0.1, unit * 0.185, unit * 0.15, 0, Math.PI, 2 * Math.PI);
  c.fill();
  return canvas;
}

/** Draws a window with a page of text on a canvas of the given size. */
export function text(width: number, height: number): HTMLCanvasElement {
  const canvas = document.createElement('canvas');
  canvas.width = width;
  canvas.height = height;
  const c = canvas.getContext('2d');
  if (!c) return canvas;
  c.fillStyle = '#e8e6e1';
  c.fillRect(0, 0, width, height);
  c.fillStyle = '#ffffff';
  c.fillRect(40, 60, width - 80, height - 100);
  c.fillStyle = '#3c4a52';
  c.fillRect(40, 30, width - 80, 30);
  c.font = '16px sans-serif';
  for (let y = 110; y < height - 60; y += 28) {
    c.fillText(
      `${y} The quick brown fox jumps over the lazy dog, and the five boxing wizards jump quickly.`,
      80,
      y,
    );
  }
  return canvas;
}
