import { words } from '../model/words.ts';
import { Unsupported } from '../ui/unsupported.tsx';

const { label } = words;

/** A page whose Firebase settings cannot be used: why, in plain words. */
export function BadSettings({ why }: { why: string }) {
  return (
    <Unsupported
      title={label.badSettings}
      what={`${label.badSettingsWhat} ${why}.`}
      next={label.badSettingsNext}
    />
  );
}
