import { useContext, useState } from 'preact/hooks';
import type { Host } from '../host/host.ts';
import { Report } from '../ui/action.ts';
import { later } from '../ui/later.tsx';
import { useKeys } from './keys.ts';
import { settingsOpen } from './settings.tsx';

const KeyHelp = later(() => import('./keyhelp.tsx').then((m) => m.KeyHelp));

/** Listens to the keys, and tells what they do when it is asked. */
export function Keyboard({ host }: { host: Host }) {
  const [help, setHelp] = useState(false);
  useKeys(
    host.snapshot.value,
    host,
    useContext(Report),
    () => setHelp(true),
    () => {
      settingsOpen.value = true;
    },
  );
  return help && <KeyHelp close={() => setHelp(false)} />;
}
