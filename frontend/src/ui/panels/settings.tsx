import type { ComponentChildren } from 'preact';
import { useEffect, useId, useState } from 'preact/hooks';
import type { Actions, Setting, Settings, SettingsView } from '../../host/host.ts';
import { desktop } from '../../model/desktop.ts';
import { failureOf } from '../../model/snapshot.ts';
import { Button } from '../button.tsx';
import { Dialog } from '../dialog.tsx';

/** What stands above as a control of its own. */
const chosen = new Set([
  'signaling',
  'firebase.project',
  'firebase.api_key',
  'lan.relay',
  'video.width',
  'video.height',
  'video.data_saver',
  'update.check',
]);
const sizes = ['640 × 360', '1280 × 720', '1920 × 1080'];
const ways = ['lan', 'firestore', 'manual'] as const;

interface Props {
  settings: Settings;
  setDataSaver: Actions['setDataSaver'];
  close: () => void;
}

/** What people want to change, in plain words, and under it every other setting. */
export function SettingsPage({ settings, setDataSaver, close }: Props) {
  const [view, setView] = useState<SettingsView>();
  const [problem, setProblem] = useState('');
  const say = desktop().settings;
  const take = (asked: Promise<SettingsView>) => {
    setProblem('');
    return asked.then(
      (now) => {
        setView(now);
        return true;
      },
      (thrown: unknown) => {
        setProblem(failureOf(thrown).message);
        return false;
      },
    );
  };
  useEffect(() => void take(settings.read()), [settings]);
  const change = (values: Record<string, string>) =>
    take(settings.change(Object.entries(values).map(([Key, Value]) => ({ Key, Value }))));
  const items = new Map(view?.items.map((item) => [item.key, item]));
  const common = { items, change };
  return (
    <Dialog title={say.title} close={close} wide>
      {problem && (
        <p class="notice notice--alert" role="alert">
          <span>
            {say.refused}{' '}
            <bdi lang="en" dir="ltr">
              {problem}
            </bdi>
          </span>
        </p>
      )}
      {view && (
        <>
          <Ways {...common} />
          <Switch {...common} of="lan.relay" name={say.relay} why={say.relayWhy} />
          <Size {...common} />
          <Switch
            {...common}
            of="video.data_saver"
            name={say.saver}
            why={say.saverWhy}
            atOnce={setDataSaver}
          />
          <Switch {...common} of="update.check" name={say.updates} why={say.updatesWhy} />
          <label class="setting">
            <input
              type="checkbox"
              checked={view.startAtLogin}
              disabled={view.loginProblem !== undefined}
              onChange={(e) => void take(settings.startAtLogin(e.currentTarget.checked))}
            />
            <span>
              {say.login}
              <small>{view.loginProblem ?? say.loginWhy}</small>
            </span>
          </label>
          <Others items={view.items.filter((item) => !chosen.has(item.key))} />
          <p class="soft">{say.file(view.path)}</p>
        </>
      )}
    </Dialog>
  );
}

interface Common {
  items: ReadonlyMap<string, Setting>;
  /** False: it was refused, and the page says why. */
  change: (values: Record<string, string>) => Promise<boolean>;
}

/** Where a setting was set, in words. */
function place({ source, place = '' }: Setting): string {
  const say = desktop().settings;
  const name = place.slice(place.indexOf(' ') + 1);
  if (source === 'file') return say.inFile(place.slice(place.lastIndexOf(':') + 1));
  if (source === 'variable') return say.byVariable(name);
  return source === 'flag' ? say.byFlag(name) : say.byDefault;
}

const fixed = (item: Setting | undefined) => item?.source === 'variable' || item?.source === 'flag';

/** What a reader has to know of a setting besides its value. */
function Notes({ of, quiet }: { of: (Setting | undefined)[]; quiet?: boolean }) {
  const say = desktop().settings;
  const elsewhere = of.find(fixed);
  if (elsewhere) return <small>{say.fixed(place(elsewhere))}</small>;
  return !quiet && of.some((item) => item?.restart) ? (
    <small class="setting__restart">{say.restart}</small>
  ) : null;
}

interface SwitchProps extends Common {
  of: string;
  name: string;
  why: string;
  /** Does at once what the file will do at the next start. */
  atOnce?: ((on: boolean) => Promise<void>) | undefined;
}

function Switch({ items, change, of, name, why, atOnce }: SwitchProps) {
  const item = items.get(of);
  const set = async (on: boolean) => {
    if (await change({ [of]: String(on) })) await atOnce?.(on);
  };
  return (
    <label class="setting">
      <input
        type="checkbox"
        checked={item?.value === true}
        disabled={fixed(item)}
        onChange={(e) => void set(e.currentTarget.checked)}
      />
      <span>
        {name}
        <small>{why}</small>
        <Notes of={[item]} quiet={atOnce !== undefined} />
      </span>
    </label>
  );
}

function Size({ items, change }: Common) {
  const [width, height] = [items.get('video.width'), items.get('video.height')];
  const value = `${String(width?.value)} × ${String(height?.value)}`;
  const set = (size: string) => {
    const [w = '', h = ''] = size.split(' × ');
    void change({ 'video.width': w, 'video.height': h });
  };
  return (
    <label class="setting setting--select">
      <span>
        {desktop().settings.picture}
        <Notes of={[width, height]} />
      </span>
      <select
        dir="ltr"
        value={value}
        disabled={fixed(width) || fixed(height)}
        onChange={(e) => set(e.currentTarget.value)}
      >
        {(sizes.includes(value) ? sizes : [value, ...sizes]).map((size) => (
          <option key={size}>{size}</option>
        ))}
      </select>
    </label>
  );
}

/** How rooms are found, each way with what it needs. */
function Ways({ items, change }: Common) {
  const say = desktop().settings;
  const name = useId();
  const way = items.get('signaling');
  const text = (key: string) => {
    const value = items.get(key)?.value;
    return typeof value === 'string' ? value : '';
  };
  const [asked, setAsked] = useState(false); // for a project
  const told = text('firebase.project') !== '' && text('firebase.api_key') !== '';
  const why = { lan: say.lanWhy, firestore: say.firestoreWhy, manual: say.manualWhy };
  const choose = (to: (typeof ways)[number]) => {
    setAsked(to === 'firestore' && !told);
    if (to !== 'firestore' || told) void change({ signaling: to });
  };
  const current = asked ? 'firestore' : way?.value;
  return (
    <fieldset class="setting setting--group">
      <legend>{say.rooms}</legend>
      {ways.map((to) => (
        <label key={to} class="setting">
          <input
            type="radio"
            name={name}
            checked={current === to}
            disabled={fixed(way)}
            onChange={() => choose(to)}
          />
          <span>
            {say[to]}
            <small>{why[to]}</small>
          </span>
        </label>
      ))}
      {current === 'firestore' && (
        <Project
          project={text('firebase.project')}
          apiKey={text('firebase.api_key')}
          disabled={fixed(items.get('firebase.project')) || fixed(items.get('firebase.api_key'))}
          use={(project, apiKey) =>
            void change({
              'firebase.project': project,
              'firebase.api_key': apiKey,
              signaling: 'firestore',
            }).then((done) => done && setAsked(false))
          }
        />
      )}
      <Notes of={[way, items.get('firebase.project'), items.get('firebase.api_key')]} />
    </fieldset>
  );
}

interface ProjectProps {
  project: string;
  apiKey: string;
  disabled: boolean;
  use: (project: string, apiKey: string) => void;
}

function Project({ project, apiKey, disabled, use }: ProjectProps) {
  const say = desktop().settings;
  const [id, setID] = useState(project);
  const [key, setKey] = useState(apiKey);
  const field = (name: string, value: string, set: (value: string) => void): ComponentChildren => (
    <label class="field">
      <span>{name}</span>
      <input
        dir="ltr"
        spellcheck={false}
        autocomplete="off"
        value={value}
        disabled={disabled}
        onInput={(e) => set(e.currentTarget.value.trim())}
      />
    </label>
  );
  return (
    <form
      class="setting__project"
      onSubmit={(e) => {
        e.preventDefault();
        use(id, key);
      }}
    >
      {field(say.project, id, setID)}
      {field(say.apiKey, key, setKey)}
      <Button submit press={disabled || !id || !key ? undefined : () => use(id, key)}>
        {say.useProject}
      </Button>
    </form>
  );
}

/** Every other setting, to be read: its meaning is said in English by the Go side. */
function Others({ items }: { items: readonly Setting[] }) {
  const say = desktop().settings;
  return (
    <details class="setting setting--others">
      <summary>{say.others}</summary>
      <p class="soft">{say.othersWhy}</p>
      <dl>
        {items.map((item) => (
          <div key={item.key}>
            <dt>
              <code dir="ltr">{item.key}</code>
            </dt>
            <dd>
              <bdi dir="ltr" class="setting__value">
                {shown(item.value)}
              </bdi>
              <small>{place(item)}</small>
              {item.restart && <small class="setting__restart">{say.restart}</small>}
              <small lang="en" dir="ltr">
                {item.help}
              </small>
            </dd>
          </div>
        ))}
      </dl>
    </details>
  );
}

function shown(value: unknown): string {
  if (value === null || value === undefined || value === '') return '–';
  return typeof value === 'string' ? value : JSON.stringify(value);
}
