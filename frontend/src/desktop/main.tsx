import '../style/index.css';
import { render, type ComponentChild } from 'preact';
import { wailsHost } from '../host/wails.ts';
import { words } from '../model/words.ts';
import { supported } from '../stage/index.ts';
import { App } from '../ui/app.tsx';
import { Unsupported, unsupportedTitle } from '../ui/unsupported.tsx';
import { Home } from './home.tsx';

const { label } = words;

async function page(): Promise<ComponentChild> {
  const support = await supported();
  if (!support.ok) {
    return <Unsupported title={unsupportedTitle} what={support.why} next={label.webviewNext} />;
  }
  const host = await wailsHost();
  if (!host) return <Unsupported title={label.outside} what="" next={label.outsideNext} />;
  return <App host={host} home={Home} />;
}

const root = document.getElementById('app');
if (root) {
  const shown = await page().catch((thrown: unknown) => {
    console.error(thrown);
    const { what, next } = words.code.internal;
    return <Unsupported title={what} what="" next={next} />;
  });
  render(shown, root);
}
