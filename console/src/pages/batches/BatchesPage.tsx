import { useTranslation } from 'react-i18next'
import { BatchList } from '../../batches/BatchList.tsx'
import { NewBatch } from '../../batches/NewBatch.tsx'
import { Header } from '../../session/Header.tsx'

/** Many clips at once: a file of orders becomes a batch; the batches there are. */
export function BatchesPage() {
  const { t } = useTranslation()
  return (
    <>
      <title>{t('batches.title')}</title>
      <Header take={0} />
      <main id="work" className="mx-auto flex max-w-[1160px] flex-col gap-10 px-4 pt-6 pb-16 lg:px-6 lg:pt-10">
        <section aria-labelledby="new_batch" className="flex flex-col gap-4">
          <h1 id="new_batch" className="text-title font-strong">
            {t('batches.heading')}
          </h1>
          <NewBatch onMade={(id) => location.assign(`/batches/${encodeURIComponent(id)}`)} />
        </section>
        <BatchList />
      </main>
    </>
  )
}
