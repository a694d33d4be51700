import { label } from '../model/words.ts';
import { Unsupported } from '../ui/unsupported.tsx';

/** A page whose Firebase settings cannot be used: why, in plain words. */
export function BadSettings({ why }: { why: string }) {
  return (
    <Unsupported
      title={label.badSettings}
      what={label.badSettingsWhat(why)}
      next={label.badSettingsNext}
    />
  );
}
