/**
 * Puts on the page the styles of a part that is fetched when it is needed: they
 * come with it, so that neither the page nor the part waits for a file of theirs.
 */
export function adopt(css: string): void {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(css);
  document.adoptedStyleSheets.push(sheet);
}
