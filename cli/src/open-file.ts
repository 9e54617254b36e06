import type { Context } from './context.ts'

/** Shows a file with what this system shows such files with. That there is nothing to show it is said, and is no failure. */
export async function openFile(path: string, { world, out }: Pick<Context, 'world' | 'out'>): Promise<void> {
  const [command, ...args] = world.platform === 'darwin' ? ['open'] : world.platform === 'win32' ? ['explorer.exe'] : ['xdg-open']
  await world
    .launch(command ?? 'xdg-open', [...args, path], { wait: false })
    .catch(() => out.note(`Nothing here opens files (${command}); it is ${path}`))
}
