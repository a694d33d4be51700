// A stand-in for a person in front of a camera, so that the gallery shows how
// controls sit on a picture.

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
