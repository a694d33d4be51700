// Builds the phone page for Firebase Hosting: dist's phone.html with a project's
// settings in it, and the files that it needs.
//
//   node build/firebase/site.mjs [FOLDER]
//
// With a key for App Check, firebase.appcheck.json beside the folder is
// firebase.json with a policy that lets reCAPTCHA in.
//
// The settings are those of a web app, from the file that FIREBASE_CONFIG names
// (build/firebase/firebase-config.json), as JSON or as the script that the
// Firebase console shows; or from PARLEY_FIREBASE_PROJECT and
// PARLEY_FIREBASE_API_KEY.
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const dist = join(here, '../../frontend/dist');
const site = process.argv[2] ?? join(here, 'site');
const kept = ['projectId', 'apiKey', 'authDomain', 'appId', 'appCheckKey', 'auth', 'iceServers'];

/** What is wrong, for whoever runs this. */
class Refusal extends Error {}

function settings(env) {
  const file = env.FIREBASE_CONFIG || join(here, 'firebase-config.json');
  if (env.FIREBASE_CONFIG || existsSync(file)) return parse(read(file), file);
  if (env.PARLEY_FIREBASE_PROJECT) {
    return check({ projectId: env.PARLEY_FIREBASE_PROJECT, apiKey: env.PARLEY_FIREBASE_API_KEY }, 'the environment');
  }
  throw new Refusal(
    'no Firebase project: save the web app\'s configuration (Firebase console, Project settings, Your apps) as ' +
      'build/firebase/firebase-config.json, or name it in FIREBASE_CONFIG, or set PARLEY_FIREBASE_PROJECT and PARLEY_FIREBASE_API_KEY',
  );
}

function read(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new Refusal(`${file} cannot be read: ${error.message}`);
  }
}

function parse(text, file) {
  if (/private_key|PRIVATE KEY|service_account/.test(text)) {
    throw new Refusal(
      `${file} is a service account's key, which would hand the whole project to whoever opens the page: ` +
        'use the configuration of a web app (Firebase console, Project settings, Your apps)',
    );
  }
  let values;
  try {
    values = JSON.parse(text);
  } catch {
    // The console's script: names stand without quotes.
    values = Object.fromEntries(
      [...text.matchAll(/["']?\b([A-Za-z_]\w*)["']?\s*:\s*(?:"([^"\\\n]*)"|'([^'\\\n]*)')/g)].map((m) => [m[1], m[2] ?? m[3]]),
    );
  }
  return check(values, file);
}

function check(values, from) {
  const picked = Object.fromEntries(kept.filter((key) => values?.[key]).map((key) => [key, values[key]]));
  const text = (key, pattern) => typeof picked[key] === 'string' && pattern.test(picked[key]);
  if (!text('projectId', /^[a-z][a-z0-9-]{2,60}$/)) throw new Refusal(`${from}: projectId is missing, or is no project ID`);
  if ('auth' in picked && !text('auth', /^(anonymous|none)$/)) throw new Refusal(`${from}: auth is "anonymous" or "none"`);
  if (picked.auth !== 'none' && !text('apiKey', /^[\w-]{1,128}$/)) throw new Refusal(`${from}: apiKey is missing, or is no API key`);
  for (const key of ['authDomain', 'appId', 'appCheckKey']) {
    if (key in picked && !text(key, /^[\w.:-]{1,256}$/)) throw new Refusal(`${from}: ${key} is not what the Firebase console gives`);
  }
  if ('appCheckKey' in picked && !('appId' in picked)) throw new Refusal(`${from}: appId is missing, which App Check needs`);
  // What a server may be, the page checks (frontend/src/signaling/ice.ts).
  if ('iceServers' in picked && !Array.isArray(picked.iceServers)) throw new Refusal(`${from}: iceServers is not a list`);
  return picked;
}

/** The page with the settings as JSON that no browser runs. */
function withSettings(page, values) {
  const json = JSON.stringify(values).replaceAll('<', '\\u003c');
  if (!page.includes('</head>')) throw new Refusal('phone.html has no head: build it again');
  return page.replace('</head>', () => `<script type="application/json" id="firebase">${json}</script>\n  </head>`);
}

/** The files of assets that a page names, or that these name in turn. */
function needed(page) {
  const all = readdirSync(join(dist, 'assets'));
  const found = new Set();
  const look = (text) => {
    for (const name of all) {
      if (found.has(name) || !text.includes(name)) continue;
      found.add(name);
      if (/\.(js|css)$/.test(name)) look(readFileSync(join(dist, 'assets', name), 'utf8'));
    }
  };
  look(page);
  return found;
}

// https://cloud.google.com/recaptcha/docs/faq#im_using_content-security-policy_csp_on_my_website_how_can_i_configure_it_to_work_with_recaptcha
const recaptcha = {
  'script-src': 'https://www.google.com/recaptcha/ https://www.gstatic.com/recaptcha/',
  'frame-src': 'https://www.google.com/recaptcha/ https://recaptcha.google.com/recaptcha/',
  'connect-src': 'https://www.google.com/recaptcha/',
};

/** The hosting's configuration with reCAPTCHA in its policy. */
function withRecaptcha(config) {
  const header = config.hosting.headers.flatMap((h) => h.headers).find((h) => h.key === 'Content-Security-Policy');
  const policy = new Map(header.value.split('; ').map((directive) => directive.split(/ (.*)/)));
  for (const [name, sources] of Object.entries(recaptcha)) {
    policy.set(name, policy.has(name) ? `${policy.get(name)} ${sources}` : sources);
  }
  header.value = [...policy].map(([name, sources]) => `${name} ${sources}`).join('; ');
  config.hosting.public = basename(site);
  return JSON.stringify(config, null, 2);
}

try {
  const values = settings(process.env);
  if (!existsSync(join(dist, 'phone.html'))) throw new Refusal('the front end is not built: `make firebase-site` builds it first');
  const page = readFileSync(join(dist, 'phone.html'), 'utf8');
  rmSync(site, { recursive: true, force: true });
  mkdirSync(join(site, 'assets'), { recursive: true });
  writeFileSync(join(site, 'index.html'), withSettings(page, values));
  const assets = needed(page);
  for (const name of assets) cpSync(join(dist, 'assets', name), join(site, 'assets', name));
  const deploy = join(dirname(site), 'firebase.appcheck.json');
  rmSync(deploy, { force: true });
  if (values.appCheckKey) writeFileSync(deploy, withRecaptcha(JSON.parse(readFileSync(join(here, 'firebase.json'), 'utf8'))));
  console.log(`${site}: index.html and ${assets.size} files, for the project ${values.projectId}`);
  if (values.appCheckKey) console.log(`deploy with --config ${basename(deploy)}, which lets reCAPTCHA in`);
} catch (error) {
  if (!(error instanceof Refusal)) throw error;
  console.error(`firebase-site: ${error.message}`);
  process.exitCode = 1;
}
