import '../style/index.css';
import '../style/desktop.css';
import '../style/window.css';
import { render, type ComponentChild } from 'preact';
import { wailsHost } from '../host/wails.ts';
import { desktop, list } from '../model/desktop.ts';
import { loadLanguage } from '../model/language.ts';
import { label, words } from '../model/words.ts';
import { supported } from '../stage/index.ts';
import { App } from '../ui/app.tsx';
import { Unsupported } from '../ui/unsupported.tsx';
import { Home } from './home.tsx';
import { Keyboard } from './keyboard.tsx';
import { Leave } from './leave.tsx';
import { Settings } from './settings.tsx';

async function page(): Promise<ComponentChild> {
  const host = await wailsHost();
  if (!host) return <Unsupported title={desktop().outside} what="" next={desktop().outsideNext} />;
  return (
    <App host={host} home={Home}>
      <Leave host={host} />
      <Keyboard host={host} />
      <Settings host={host} />
    </App>
  );
}

/** What is shown where the webview cannot show video. It is asked once the first
 * screen is drawn: to answer, WebKitGTK loads all of GStreamer. */
async function incapable(): Promise<ComponentChild> {
  await new Promise((drawn) => requestAnimationFrame(() => setTimeout(drawn)));
  const support = await supported();
  if (support.ok) return undefined;
  const { missing } = support;
  const what = missing.length > 0 ? desktop().noDecoders(list(missing)) : desktop().noWebCodecs;
  return <Unsupported title={label.unsupported} what={what} next={desktop().webviewNext} />;
}

const root = document.getElementById('app');
if (root) {
  await loadLanguage();
  const shown = await page().catch((thrown: unknown) => {
    console.error(thrown);
    const { what, next } = words.code.internal;
    return <Unsupported title={what} what="" next={next} />;
  });
  render(shown, root);
  const instead = await incapable();
  if (instead) render(instead, root);
}
