import Mic from 'lucide/dist/esm/icons/mic.mjs';
import Video from 'lucide/dist/esm/icons/video.mjs';
import Volume from 'lucide/dist/esm/icons/volume-2.mjs';
import type { ComponentProps } from 'preact';
import { useContext, useEffect, useState } from 'preact/hooks';
import type { Actions, DeviceInfo, Devices } from '../../host/host.ts';
import { failureOf, type Choice } from '../../model/snapshot.ts';
import { panels } from '../../model/panels.ts';
import { Report, useAction } from '../action.ts';
import { Icon } from '../icon.tsx';

interface PickerProps {
  name: string;
  none: string;
  icon: ComponentProps<typeof Icon>['of'];
  list: DeviceInfo[];
  value: string;
  choose: ((id: string) => void) | undefined;
}

function Picker({ name, none, icon, list, value, choose }: PickerProps) {
  // A chosen device that is not listed (a file, one that was unplugged) stays visible.
  const known = value === '' || value === 'none' || list.some((d) => d.id === value);
  return (
    <label class="picker">
      <Icon of={icon} size={18} />
      <span class="visually-hidden">{name}</span>
      <select value={value} disabled={!choose} onChange={(e) => choose?.(e.currentTarget.value)}>
        <option value="">{panels().devices.systemDefault}</option>
        {list.map((d) => (
          <option key={d.id} value={d.id} dir="auto">
            {d.name}
          </option>
        ))}
        {!known && (
          <option value={value} dir="auto">
            {value}
          </option>
        )}
        <option value="none">{none}</option>
      </select>
    </label>
  );
}

interface Props {
  actions: Actions;
  choice: Choice;
}

/** Chooses camera, microphone and speaker; what is chosen runs at once. */
export function DevicePickers({ actions, choice }: Props) {
  const [found, setFound] = useState<Devices>({ cameras: [], microphones: [], speakers: [] });
  const report = useContext(Report);
  const { devices, choose } = actions;
  const chosen = useAction(choose);
  useEffect(() => {
    let gone = false;
    devices?.().then(
      (d) => gone || setFound(d),
      (thrown: unknown) => gone || report(failureOf(thrown)),
    );
    return () => void (gone = true);
  }, [devices, report]);
  const pick = (part: Partial<Choice>) => {
    chosen.run?.({ ...choice, ...part });
  };
  const say = panels().devices;
  const can = choose !== undefined;
  return (
    <div class="pickers">
      <Picker
        name={say.camera}
        none={say.noCamera}
        icon={Video}
        list={found.cameras}
        value={choice.camera}
        choose={can ? (camera) => pick({ camera }) : undefined}
      />
      <Picker
        name={say.microphone}
        none={say.noMicrophone}
        icon={Mic}
        list={found.microphones}
        value={choice.microphone}
        choose={can ? (microphone) => pick({ microphone }) : undefined}
      />
      <Picker
        name={say.speaker}
        none={say.noSpeaker}
        icon={Volume}
        list={found.speakers}
        value={choice.speaker}
        choose={can ? (speaker) => pick({ speaker }) : undefined}
      />
    </div>
  );
}
