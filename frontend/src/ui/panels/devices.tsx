import Mic from 'lucide/dist/esm/icons/mic.mjs';
import Video from 'lucide/dist/esm/icons/video.mjs';
import Volume from 'lucide/dist/esm/icons/volume-2.mjs';
import type { ComponentProps } from 'preact';
import { useContext, useEffect, useRef, useState } from 'preact/hooks';
import type { Actions, DeviceCheck, DeviceInfo } from '../../host/host.ts';
import { failureOf, type Choice, type Device, type Snapshot } from '../../model/snapshot.ts';
import { panels } from '../../model/panels.ts';
import { label, words } from '../../model/words.ts';
import { Report, useAction } from '../action.ts';
import { Button } from '../button.tsx';
import { Icon } from '../icon.tsx';
import { adopt } from '../adopt.ts';
import css from './devices.css?inline';
import { Meter } from './meter.tsx';
import { Switch } from './switch.tsx';

adopt(css);

interface PickerProps {
  name: string;
  /** Missing where one must be chosen. */
  none: string | false;
  icon: ComponentProps<typeof Icon>['of'];
  list: DeviceInfo[];
  value: string;
  choose: (id: string) => void;
}

function Picker({ name, none, icon, list, value, choose }: PickerProps) {
  const say = panels().devices;
  // A chosen device that is not there (a file, one that was unplugged) stays visible.
  const shown = list.filter((d) => !d.absent || d.id === value);
  const known = value === '' || value === 'none' || shown.some((d) => d.id === value);
  return (
    <label class="picker">
      <Icon of={icon} size={18} />
      <span class="visually-hidden">{name}</span>
      <select value={value} onChange={(e) => choose(e.currentTarget.value)}>
        <option value="">{say.systemDefault}</option>
        {shown.map((d) => (
          <option key={d.id} value={d.id} dir="auto">
            {d.absent ? say.absent(d.name) : d.name}
          </option>
        ))}
        {!known && (
          <option value={value} dir="auto">
            {value}
          </option>
        )}
        {none && <option value="none">{none}</option>}
      </select>
    </label>
  );
}

/** Our camera's picture, or why there is none. */
function Preview({
  check,
  camera,
  mirrored,
}: {
  check: DeviceCheck;
  camera: Device;
  mirrored: boolean;
}) {
  const box = useRef<HTMLDivElement>(null);
  const [live, setLive] = useState(false);
  useEffect(() => (box.current ? check.preview(box.current, setLive) : undefined), [check]);
  const shown = live && camera.on && !camera.problem;
  const caption = !camera.on
    ? label.cameraOff
    : camera.problem
      ? words.code[camera.problem].what
      : label.previewStarting;
  return (
    <div
      class="tile tile--check"
      role="group"
      aria-label={panels().devices.preview}
      data-live={shown}
    >
      <div class="tile__picture" ref={box} data-mirrored={mirrored} />
      {!shown && (
        <div class="tile__empty">
          <span class="tile__caption">{caption}</span>
        </div>
      )}
    </div>
  );
}

interface Props {
  snapshot: Snapshot;
  actions: Actions;
  mirrored: boolean;
}

/** Shows and chooses camera, microphone and speaker; what is chosen runs at once. */
export function DevicePanel({ snapshot, actions, mirrored }: Props) {
  const [check, setCheck] = useState<DeviceCheck>();
  const report = useContext(Report);
  const { checkDevices } = actions;
  useEffect(() => {
    let gone = false;
    let opened: DeviceCheck | undefined;
    checkDevices?.().then(
      (c) => {
        if (gone) c.close();
        else setCheck((opened = c));
      },
      (thrown: unknown) => gone || report(failureOf(thrown)),
    );
    return () => {
      gone = true;
      opened?.close();
    };
  }, [checkDevices, report]);
  return check ? (
    <Panel check={check} snapshot={snapshot} mirrored={mirrored} />
  ) : (
    <div class="devices">
      <div class="tile tile--check" />
    </div>
  );
}

function Panel({ check, snapshot, mirrored }: Omit<Props, 'actions'> & { check: DeviceCheck }) {
  const { cameras, microphones, speakers } = check.devices.value;
  const choice = check.choice.value;
  const chosen = useAction(check.choose);
  const mirror = useAction(check.setMirrored);
  const chime = useAction(check.chime);
  const { camera, microphone } = snapshot;
  const say = panels().devices;
  const pick = (part: Partial<Choice>) => chosen.run?.({ ...choice, ...part });
  const deaf = !microphone.on
    ? label.muted
    : microphone.problem && words.code[microphone.problem].what;
  return (
    <div class="devices">
      <Preview check={check} camera={camera} mirrored={mirrored} />
      <Picker
        name={say.camera}
        none={check.orNone && say.noCamera}
        icon={Video}
        list={cameras}
        value={choice.camera}
        choose={(id) => pick({ camera: id })}
      />
      <Switch
        on={check.mirrored.value}
        change={() => mirror.run?.(!check.mirrored.value)}
        name={say.mirror}
        why={say.mirrorWhy}
      />
      <Picker
        name={say.microphone}
        none={check.orNone && say.noMicrophone}
        icon={Mic}
        list={microphones}
        value={choice.microphone}
        choose={(id) => pick({ microphone: id })}
      />
      <Meter level={check.level} deaf={deaf} />
      {speakers && (
        <>
          <Picker
            name={say.speaker}
            none={check.orNone && say.noSpeaker}
            icon={Volume}
            list={speakers}
            value={choice.speaker}
            choose={(id) => pick({ speaker: id })}
          />
          <Button kind="quiet" icon={Volume} press={chime.run && (() => chime.run?.())}>
            {say.chime}
          </Button>
          <small>{say.chimeWhy}</small>
        </>
      )}
    </div>
  );
}
