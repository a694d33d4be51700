import { label } from '../model/words.ts';
import { Dialog } from './dialog.tsx';
import { keys } from './keys.ts';

/** What the keys do. */
export function KeyHelp({ close }: { close: () => void }) {
  const rows: [key: string, does: string][] = [
    [keys.microphone, label.keyMicrophone],
    [label.keySpace, label.keyTalk],
    [keys.camera, label.keyCamera],
    ['Ctrl+D', label.hangUp],
    [keys.fullScreen, label.keyFullScreen],
    ['Esc', label.keyEscape],
    [keys.help, label.keys],
  ];
  return (
    <Dialog title={label.keys} close={close}>
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
