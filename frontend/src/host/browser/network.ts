/** Calls changed when this computer or phone goes by another network from now on. */
export function onNetworkChange(changed: () => void): void {
  addEventListener('online', changed);
  // Not in every browser, and not in TypeScript's. Each new estimate of the speed
  // is a change of it, too; a move is only one from Wi-Fi to the mobile network, say.
  const { connection } = navigator as { connection?: EventTarget & { type?: string } };
  let kind = connection?.type;
  connection?.addEventListener('change', () => {
    if (kind !== (kind = connection.type)) changed();
  });
}
