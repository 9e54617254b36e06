import type { Schema } from '@filmgate/client'
import type { Output } from './output.ts'
import { creditsText } from './text/amounts.ts'
import { plain } from './text/width.ts'

export type Storyboard = Schema<'Storyboard'>
type Shot = Storyboard['shots'][number]

/** A storyboard: what it costs as a whole, how each shot stands, and what the check of its prompts would say. */
export function storyboardText(board: Storyboard, out: Output): readonly string[] {
  const { id, name, credits, usd, shots } = board
  const said = shots.flatMap((shot) => saidOf(shot).map((text) => `${titleOf(shot)}: ${text}`))
  return [
    out.paint.bold(credits === null ? 'Not all of it can be ordered now.' : `${creditsText(credits)}  ($${usd}), every shot made once`),
    '',
    ...out.table(
      [
        { title: 'shot', least: 8 },
        { title: 's', align: 'right' },
        { title: 'size' },
        { title: 'model', least: 6, spare: true },
        { title: 'credits', align: 'right' },
        { title: 'preview', spare: true },
        { title: 'stands', least: 8 },
      ],
      shots.map((shot) => [
        titleOf(shot),
        shot.order.seconds,
        shot.order.size,
        shot.order.model,
        shot.credits === null ? '' : String(shot.credits),
        shot.preview?.status ?? '',
        standing(shot),
      ]),
    ),
    ...(said.length === 0 ? [] : ['', ...said.flatMap((text) => out.sentence(text))]),
    '',
    ...out.fields([
      ['storyboard', id],
      ['name', name],
    ]),
  ]
}

export function titleOf({ index, name }: Pick<Shot, 'index' | 'name'>): string {
  return name === null ? `shot ${index + 1}` : plain(name)
}

/** Shots that a batch of the rest would order. */
export function notMade(board: Storyboard): readonly Shot[] {
  return board.shots.filter(({ made }) => !made)
}

function standing({ final, made, drafts }: Shot): string {
  if (final !== null) return final.status
  if (made) return 'in a batch'
  return drafts.length === 0 ? 'not made' : `${drafts.length} drafted`
}

/** Of what is made there is nothing left to say. */
function saidOf({ check, problem, made }: Shot): readonly string[] {
  if (problem !== undefined) return [problem.message]
  return made ? [] : check.suggestions
}
