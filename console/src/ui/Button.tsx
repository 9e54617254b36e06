import type { ComponentProps } from 'react'

type Kind = 'primary' | 'plain' | 'quiet'

const LOOKS: Readonly<Record<Kind, string>> = {
  // The one accent: there is one primary button on a screen, and it says what it spends.
  primary:
    'border-transparent bg-accent text-on-accent font-strong not-disabled:hover:brightness-95 aria-disabled:bg-line aria-disabled:text-muted',
  plain: 'border-edge bg-surface text-text not-disabled:hover:border-text',
  quiet: 'border-transparent bg-transparent text-text underline underline-offset-2 not-disabled:hover:bg-line',
}

/** The look that buttons and links that act like buttons share. */
export function buttonLook(kind: Kind = 'plain'): string {
  return `control inline-flex items-center justify-center gap-2 rounded-control border px-3 text-body whitespace-nowrap no-underline ${LOOKS[kind]}`
}

export function Button({ kind = 'plain', className = '', ...rest }: ComponentProps<'button'> & { kind?: Kind }) {
  return <button type="button" className={`${buttonLook(kind)} ${className}`} {...rest} />
}
