import type { Schema } from '@filmgate/client'
import type { Output } from './output.ts'

type Advice = Schema<'PlanAdvice'>
type Mix = Schema<'AdviceMix'>

/** The cheapest answer with its arithmetic, the next ones, where they change, and the rule of thumb beside it. */
export function adviceText(advice: Advice, out: Output): readonly string[] {
  const { cheapest, rule_of_thumb: rule } = advice
  return [
    ...(cheapest === null ? infeasible(advice, out) : mixText(cheapest, out)),
    ...(advice.proven ? [] : ['', ...out.sentence('The search was given up before it was certain that nothing is cheaper.')]),
    ...(advice.alternatives.length === 0
      ? []
      : [
          '',
          ...out.table(
            [
              { title: 'other answers', least: 16 },
              { title: 'usd a month', align: 'right' },
              { title: 'more', align: 'right' },
            ],
            advice.alternatives.map(({ name, usd, difference_usd }) => [name, usd, difference_usd]),
          ),
        ]),
    ...(advice.break_even.length < 2
      ? []
      : [
          '',
          ...out.table(
            [
              { title: 'from clips', align: 'right' },
              { title: 'to', align: 'right' },
              { title: 'cheapest is', least: 16 },
              { title: 'usd', align: 'right' },
            ],
            advice.break_even.map(({ from_clips, to_clips, mix, usd_at_from }) => [
              String(from_clips),
              to_clips === null ? '' : String(to_clips),
              mix,
              usd_at_from ?? '',
            ]),
          ),
        ]),
    '',
    ...out.sentence(`Rule of thumb: ${rule.says} ${rule.message}`),
    '',
    ...out.table(
      [{ title: 'price list' }, { title: 'of' }, { title: 'source', least: 12, spare: true }],
      advice.cards.map(({ id, effective_on, source }) => [id, effective_on, source]),
    ),
  ]
}

function mixText({ name, usd, usd_per_clip, lines }: Mix, out: Output): readonly string[] {
  return [
    ...out
      .sentence(`${name}: $${usd} a month${usd_per_clip === null ? '' : `, $${usd_per_clip} a clip`}`)
      .map((line) => out.paint.bold(line)),
    '',
    ...out.table(
      [
        { title: 'line', least: 14 },
        { title: 'clips', align: 'right' },
        { title: 'quantity', align: 'right' },
        { title: 'unit' },
        { title: 'rate', align: 'right' },
        { title: 'usd', align: 'right' },
      ],
      lines.map((line) => [line.name, String(line.clips), String(line.quantity), line.unit, line.rate_usd, line.usd]),
    ),
    ...lines.flatMap(({ message }) => (message === undefined ? [] : out.sentence(message))),
  ]
}

function infeasible({ refused, loosen = [] }: Advice, out: Output): readonly string[] {
  return [
    ...out.sentence('Nothing does what is needed.'),
    ...(loosen.length === 0
      ? []
      : [
          '',
          ...out.table(
            [
              { title: 'give up', least: 10 },
              { title: 'usd then', align: 'right' },
              { title: 'what that means', least: 16 },
            ],
            loosen.map(({ need, usd, message }) => [need, usd ?? '', message]),
          ),
        ]),
    ...(refused.length === 0
      ? []
      : [
          '',
          ...out.table(
            [
              { title: 'refused', least: 10 },
              { title: 'why', least: 16 },
            ],
            refused.map(({ name, message }) => [name, message]),
          ),
        ]),
  ]
}
