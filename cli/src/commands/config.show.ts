import { defineCommand } from '../command.ts'
import { exists, stateFolder } from '../settings.ts'

export const command = defineCommand({
  words: {},
  flags: { origin: { says: 'Also say where each setting came from' } },
  about: [
    'A flag wins over the environment, that over filmgate.json of the project (this folder or one above it), that over your own file, that over what is built in.',
    'Keys are shown by their first letters only. Your own file holds url, key or key_file, and customer; with a key in it, its mode must be 0600.',
  ],
  examples: ['filmgate config show --origin'],
  async run({ flags }, { out, settings, world }) {
    const { url, key, customer, project_file, user_file } = settings
    const shown = {
      url,
      key: { value: redacted(key.value), origin: key.origin },
      customer,
    }
    const files = {
      project: { path: project_file, found: exists(project_file) },
      user: { path: user_file, found: exists(user_file) },
      state: { path: stateFolder(world), found: exists(stateFolder(world)) },
    }
    out.document({ object: 'settings', ...shown, files }, () => [
      ...out.table(
        [{ title: 'setting' }, { title: 'value', least: 12 }, ...(flags.origin ? [{ title: 'from', least: 12 }] : [])],
        Object.entries(shown).map(([name, { value, origin }]) => [name, value ?? '', origin]),
      ),
      '',
      ...out.fields(
        Object.entries(files).map(([name, { path, found }]): [string, string] => [`${name} file`, `${path}${found ? '' : ' (not there)'}`]),
      ),
    ])
  },
})

/** Enough to tell two keys apart, too little to use. */
function redacted(key: string | null): string | null {
  return key === null ? null : `${key.slice(0, Math.min(10, Math.floor(key.length / 3)))}… (${key.length} letters)`
}
