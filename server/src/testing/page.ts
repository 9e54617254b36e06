import { execFile, execFileSync } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { TestWorld } from './world.ts'

/** The commands of our pages are curl's, which not every machine has. */
export const has_curl = (() => {
  try {
    execFileSync('curl', ['--version'])
    return true
  } catch {
    return false
  }
})()

/** The code blocks of one language on a page in `docs`. */
export async function blocksOf(page: string, language: string): Promise<string[]> {
  const text = await readFile(join(import.meta.dirname, '../../../docs', page), 'utf8')
  return [...text.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\``, 'gms'))].map(([, block]) => block ?? '')
}

/** Runs all commands of a page, in their order, as an operator would. @returns the customer whom the page calls `$ID` */
export async function runPage(page: string, world: TestWorld): Promise<string> {
  const address = await world.gateway.app.listen({ port: 0, host: '127.0.0.1' })
  const script = `set -e\n${(await blocksOf(page, 'sh')).join('\n')}\necho; echo "ID=$ID"`
  const env = { PATH: process.env.PATH ?? '', FILMGATE: `${address}/v1`, FILMGATE_OPERATOR_KEY: world.operator_key }
  const { stdout } = await promisify(execFile)('sh', ['-c', script], { env, cwd: world.data_folder })
  const id = /ID=(cus_\w+)/.exec(stdout)?.[1]
  if (id === undefined) throw new Error(`the commands of ${page} made no customer: ${stdout}`)
  return id
}
