import { signal } from '@preact/signals';
import type { Host } from '../host/host.ts';
import { later } from '../ui/later.tsx';

const SettingsPage = later(() => import('../ui/panels/settings.tsx').then((m) => m.SettingsPage));

/** The settings are open: the home screen and a key open them. */
export const settingsOpen = signal(false);

export function Settings({ host }: { host: Host }) {
  if (!settingsOpen.value || !host.settings) return null;
  const close = () => {
    settingsOpen.value = false;
  };
  return <SettingsPage settings={host.settings} setDataSaver={host.setDataSaver} close={close} />;
}
