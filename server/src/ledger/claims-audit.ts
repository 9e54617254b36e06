import { type Account, greater } from './account.ts'
import { type Claim, outstanding } from './claims.ts'
import type { Claimed, Finding, Replay } from './replay.ts'

/** Compares what an account says is claimed back with its journal: the claims themselves, what was taken of which grant, and what is owed. */
export function checkClaims(
  account: Account,
  claims: ReadonlyMap<bigint, Claim>,
  replay: Replay,
  report: (finding: Finding) => void,
): void {
  const found = (what: string) => report({ invariant: 'claims', what: `account ${account.id}: ${what}` })
  const told = replay.claims()
  for (const no of new Set([...claims.keys(), ...told.keys()])) {
    const stored = inWords(claims.get(no))
    const replayed = inWords(told.get(no))
    if (stored !== replayed) found(`of grant ${no} it has claimed ${stored}, its journal gives ${replayed}`)
  }
  const taken = new Map<bigint, bigint>()
  for (const claim of claims.values()) for (const { no, credits } of claim.taken) taken.set(no, (taken.get(no) ?? 0n) + credits)
  const revoked = replay.revoked()
  for (const no of new Set([...taken.keys(), ...revoked.keys()])) {
    const [mine, its] = [taken.get(no) ?? 0n, revoked.get(no) ?? 0n]
    if (mine !== its) found(`its claims have taken ${mine} of grant ${no}, its journal gives ${its}`)
  }
  let debt = 0n
  let awaited = 0n
  for (const claim of claims.values()) {
    const family = account.slots.filter(({ no }) => claim.family.includes(no))
    const open = outstanding(claim)
    const owed = greater(open - family.reduce((sum, { held }) => sum + held, 0n), 0n)
    if (claim.owed !== owed) found(`of grant ${claim.no} it owes ${claim.owed}, and ${owed} is what no hold can bring`)
    if (open > 0n && family.some(({ available }) => available > 0n)) found(`of grant ${claim.no} more is claimed than was taken`)
    debt += claim.owed
    awaited += open - claim.owed
  }
  if (account.debt !== debt) found(`it owes ${account.debt}, its claims ${debt}`)
  if (account.awaited !== awaited) found(`it awaits ${account.awaited}, its claims ${awaited}`)
}

function inWords(claim: Claimed | undefined): string {
  return claim && claim.due > 0n ? `${claim.due} due, ${claim.forgiven} forgiven, ${claim.owed} owed` : 'nothing'
}

/** `[no, due, forgiven, owed, revoked]*`: where the next incremental audit begins. */
export function packClaimed(replay: Replay): bigint[] {
  const claims = replay.claims()
  const revoked = replay.revoked()
  return [...new Set([...claims.keys(), ...revoked.keys()])].flatMap((no) => {
    const { due = 0n, forgiven = 0n, owed = 0n } = claims.get(no) ?? {}
    return [no, due, forgiven, owed, revoked.get(no) ?? 0n]
  })
}
