import { z } from 'zod'
import { checkPrompt, PROMPT_PARTS } from '../../domain/prompt-check.ts'
import { wholeNumber } from '../fields.ts'
import { planned_seconds, prompt_field } from '../order.ts'
import { route } from '../route.ts'

const SHOTS_MAX = 1_000

const body = z.object({
  prompt: prompt_field,
  seconds: planned_seconds.default(4),
  shots: wholeNumber(1, SHOTS_MAX).default(1).meta({ description: 'So many shots are to be seen in the clip.' }),
})

export const prompt_check = z
  .object({
    object: z.literal('prompt_check'),
    prompt: z.string().meta({ description: 'As it was sent: nothing is ever put into it.' }),
    language: z.enum(['english', 'unknown']).meta({ description: '`unknown`: not English, so nothing can be said.' }),
    parts: z.array(
      z.object({ part: z.enum(PROMPT_PARTS), found: z.boolean(), text: z.string().optional(), suggestion: z.string().optional() }),
    ),
    score: z.int().min(0).max(100).nullable(),
    suggestions: z.array(z.string()),
    message: z.string(),
  })
  .meta({ id: 'PromptCheck' })

/** A prompt's check as it is told outside. */
export function promptCheckView(prompt: string, about: { readonly seconds: number; readonly shots: number }) {
  const { language, parts, score, message } = checkPrompt(prompt, about)
  return {
    object: 'prompt_check' as const,
    prompt,
    language,
    parts: parts.map(({ part, found, text, suggestion }) => ({
      part,
      found,
      ...(text === null ? {} : { text }),
      ...(suggestion === null ? {} : { suggestion }),
    })),
    score,
    suggestions: parts.flatMap(({ suggestion }) => suggestion ?? []),
    message,
  }
}

export const promptsCheck = route({
  method: 'POST',
  path: '/v1/prompts/check',
  operation_id: 'checkPrompt',
  summary: 'Does a prompt say what a clip needs?',
  description:
    'Subject, action, place, light, camera, and whether it fits into the seconds. Reads English words, not their meaning; costs nothing, keeps nothing, changes nothing and ' +
    'stops no order.',
  tag: 'Catalogue',
  caller: 'any',
  body,
  response: prompt_check,
  handler: ({ body }) => promptCheckView(body.prompt, body),
})
