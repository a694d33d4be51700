import { desktop } from '../model/desktop.ts';
import { panels } from '../model/panels.ts';
import { label } from '../model/words.ts';
import { Dialog } from '../ui/dialog.tsx';
import { keys } from './keys.ts';

/** What the keys do. */
export function KeyHelp({ close }: { close: () => void }) {
  const words = desktop();
  const rows: [key: string, does: string][] = [
    [keys.microphone, words.keyMicrophone],
    [words.keySpace, words.keyTalk],
    [keys.camera, words.keyCamera],
    [keys.shareScreen, panels().screens.key],
    ['Ctrl+D', label.hangUp],
    [keys.fullScreen, words.keyFullScreen],
    ['Esc', words.keyEscape],
    [keys.settings, words.settings.title],
    [keys.help, words.keys],
  ];
  return (
    <Dialog title={words.keys} close={close}>
      <table class="keys">
        {rows.map(([key, does]) => (
          <tr key={key}>
            <th scope="row">
              <kbd>{key}</kbd>
            </th>
            <td>{does}</td>
          </tr>
        ))}
      </table>
    </Dialog>
  );
}
