// For pictures that are to be compared: fonts that build/deps.sh installs, and
// nothing that moves or tells the time.

const style = `
  :root { --font: 'DejaVu Sans', sans-serif; --mono: 'DejaVu Sans Mono', monospace; }
  *, *::before, *::after {
    animation: none !important;
    transition: none !important;
    caret-color: transparent !important;
  }
`;

export function still(): void {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(style);
  document.adoptedStyleSheets = [sheet];
  const noon = Date.UTC(2026, 0, 1, 12);
  Date.now = () => noon;
  const timer = window.setTimeout.bind(window);
  window.setTimeout = ((f: () => void, ms = 0) =>
    ms < 1000 ? timer(f, ms) : 0) as typeof window.setTimeout;
}
