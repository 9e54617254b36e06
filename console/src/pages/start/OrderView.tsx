import { useEffect, useMemo, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { capacityOf } from '../../api/balance.ts'
import type { Video } from '../../api/video.ts'
import { useMoney } from '../../format/useMoney.ts'
import { type Choice, type Draft, settle } from '../../order/draft.ts'
import { OrderForm } from '../../order/OrderForm.tsx'
import type { Order } from '../../order/order.ts'
import { PricePanel } from '../../order/PricePanel.tsx'
import type { Picture } from '../../order/picture.ts'
import { useFirstFrame } from '../../order/useFirstFrame.ts'
import { useMakeClip } from '../../order/useMakeClip.ts'
import { useOffers } from '../../order/useOffers.ts'
import { useQuote } from '../../order/useQuote.ts'
import { Viewfinder } from '../../order/Viewfinder.tsx'
import { useBalance } from '../../session/useBalance.ts'
import { Button } from '../../ui/Button.tsx'
import { GateBar } from '../../ui/GateBar.tsx'
import { Notice } from '../../ui/Notice.tsx'

interface Props {
  draft: Draft
  onDraft: (draft: Draft) => void
  /** Tells what the order on screen would take, for the gate bar in the header. */
  onTake: (credits: number) => void
  onAccepted: (video: Video, order: Order) => void
  focusPrompt: boolean
}

/** The order at the left; the frame, the price and the button at the right. */
export function OrderView(props: Props) {
  const { t } = useTranslation()
  const offers = useOffers()
  const choice = offers.data ? settle(props.draft, offers.data) : null
  return (
    <>
      <h1 className="sr-only">{t('order.heading')}</h1>
      {choice && offers.data ? (
        <Desk {...props} choice={choice} offers={offers.data} />
      ) : (
        <div className="min-h-[32rem]">
          {offers.isError && (
            <div className="flex flex-col items-start gap-3">
              <Notice ink="failed" urgent>
                {t('price.no_answer')}
              </Notice>
              <Button onClick={() => void offers.refetch()}>{t('failure.retry')}</Button>
            </div>
          )}
          {offers.data && <Notice ink="failed">{t('order.no_models')}</Notice>}
        </div>
      )}
    </>
  )
}

function Desk({
  draft,
  choice,
  offers,
  onDraft,
  onTake,
  onAccepted,
  focusPrompt,
}: Props & { choice: Choice; offers: Parameters<typeof OrderForm>[0]['offers'] }) {
  const { t } = useTranslation()
  const money = useMoney()
  const { data: balance } = useBalance()
  const prompt = useRef<HTMLTextAreaElement>(null)
  const [picture, setPicture] = useState<Picture | null>(null)
  const first = useFirstFrame(picture, choice.size)
  const has_prompt = draft.prompt.trim() !== ''

  // Without a prompt the price of the suggestion is shown: prices do not depend on the words, and the button waits for some.
  const order = useMemo<Order>(
    () => ({
      prompt: has_prompt ? draft.prompt : t('order.placeholder'),
      model: choice.offer.id,
      size: choice.size,
      seconds: choice.seconds,
      first_frame: first.frame,
    }),
    [has_prompt, draft.prompt, t, choice.offer.id, choice.size, choice.seconds, first.frame],
  )
  const live = useQuote(first.pending ? null : order)
  const maker = useMakeClip(live, onAccepted)
  const price = live.quote?.credits ?? 0

  useEffect(() => onTake(price), [onTake, price])
  useEffect(() => {
    if (focusPrompt) prompt.current?.focus({ preventScroll: true })
  }, [focusPrompt])

  const short = balance !== undefined && price > balance.available
  function make() {
    if (live.quote && live.current && has_prompt && !short && !first.pending) void maker.make(order, live.quote.credits)
  }

  const figures = balance && { available: money.credits(balance.available), held: money.credits(balance.held), take: money.credits(price) }
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        make()
      }}
      className="flex flex-col gap-6 lg:grid lg:grid-cols-[minmax(0,25rem)_minmax(0,1fr)] lg:items-start lg:gap-10"
    >
      <OrderForm
        draft={draft}
        choice={choice}
        offers={offers}
        picture={picture}
        promptRef={prompt}
        onDraft={(next) => {
          maker.forget()
          onDraft(next)
        }}
        onPicture={setPicture}
        onSubmit={make}
      />
      <div className="contents lg:sticky lg:top-6 lg:flex lg:flex-col lg:gap-4">
        <div className="order-1">
          <Viewfinder
            size={choice.size}
            seconds={choice.seconds}
            caption={has_prompt ? draft.prompt : t('preview.empty')}
            faint={!has_prompt}
            first_frame={first.frame}
          />
        </div>
        <PricePanel
          model={choice.offer.id}
          quote={live.quote}
          current={live.current}
          error={live.error}
          available={balance?.available ?? null}
          has_prompt={has_prompt}
          busy={maker.busy}
          trouble={maker.trouble}
          onMake={make}
          gate={
            balance &&
            figures && (
              <GateBar
                label={t(short ? 'header.bar_short' : 'header.bar_taking', figures)}
                available={balance.available}
                held={balance.held}
                capacity={capacityOf(balance)}
                take={price}
                taken_from="available"
              />
            )
          }
        />
      </div>
    </form>
  )
}
