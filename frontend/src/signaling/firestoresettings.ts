// Which Firebase project a page uses: `make firebase-site` puts the settings
// into the page, as JSON that no browser runs. Without them the page belongs to
// a Parley on the local network.

import { validServers } from './ice.ts';

/** What the Firebase console gives for a web app, and how to use it. */
export interface FirebaseSettings {
  projectId: string;
  /** Not a secret: it names the project to Firebase Auth. Missing where auth is 'none'. */
  apiKey?: string;
  authDomain?: string;
  appId?: string;
  /** 'none' is for open rules, as old clients have them. */
  auth: 'anonymous' | 'none';
  /** The site key of reCAPTCHA Enterprise; App Check is used where there is one. */
  appCheckKey?: string;
  /** host:port each; for tests. */
  firestoreEmulator?: string;
  authEmulator?: string;
  /** STUN and TURN servers. Everybody who opens the page can read their passwords. */
  iceServers?: RTCIceServer[];
}

/** Says in plain words what is wrong with the settings. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError';
}

const texts = ['apiKey', 'authDomain', 'appId', 'appCheckKey'] as const;
const emulators = ['firestoreEmulator', 'authEmulator'] as const;

/** The settings in the page; undefined where it has none. Throws SettingsError. */
export function firebaseSettings(page: Document): FirebaseSettings | undefined {
  const script = page.getElementById('firebase');
  return script ? parseSettings(script.textContent) : undefined;
}

/** Throws SettingsError. */
export function parseSettings(text: string): FirebaseSettings {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new SettingsError('they are not valid JSON');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new SettingsError('they are not a JSON object');
  }
  const given = new Map<string, unknown>(Object.entries(value));
  const projectId = given.get('projectId');
  if (typeof projectId !== 'string' || !/^[a-z][-a-z0-9]{3,60}$/.test(projectId)) {
    throw new SettingsError('projectId is missing, or is no project ID');
  }
  const auth = given.get('auth') ?? 'anonymous';
  if (auth !== 'anonymous' && auth !== 'none') {
    throw new SettingsError('auth is neither "anonymous" nor "none"');
  }
  const settings: FirebaseSettings = { projectId, auth };
  for (const key of [...texts, ...emulators]) {
    const text = given.get(key);
    if (text === undefined || text === '') continue;
    if (typeof text !== 'string') throw new SettingsError(`${key} is not a text`);
    settings[key] = text;
  }
  for (const key of emulators) {
    if (settings[key] !== undefined && !/^[-.\w]+:\d{1,5}$/.test(settings[key])) {
      throw new SettingsError(`${key} is not host:port`);
    }
  }
  const ice = given.get('iceServers');
  if (ice !== undefined) {
    settings.iceServers = validServers(ice);
    if (!Array.isArray(ice) || settings.iceServers.length !== ice.length) {
      throw new SettingsError('iceServers is not a list of STUN and TURN servers');
    }
  }
  if (auth === 'anonymous' && settings.apiKey === undefined) {
    throw new SettingsError('apiKey is missing');
  }
  return settings;
}
