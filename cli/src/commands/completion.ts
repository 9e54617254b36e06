import { defineCommand } from '../command.ts'
import { completionScript, SHELLS, type Shell } from '../completion.ts'

export const command = defineCommand({
  words: { shell: { choices: SHELLS, says: 'bash, zsh or fish' } },
  flags: {},
  examples: ['source <(filmgate completion bash)', 'filmgate completion zsh > ~/.zfunc/_filmgate', 'filmgate completion fish | source'],
  async run({ words }, { out }) {
    const shell = SHELLS.find((name): name is Shell => name === words.shell)
    if (shell !== undefined) out.raw(await completionScript(shell))
  },
})
