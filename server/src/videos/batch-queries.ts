import type { Tx } from '../db/pool.ts'

/** Says of videos that were written in this transaction which batch ordered them. */
export async function markOfBatch(
  tx: Tx,
  videos: readonly { readonly video: string; readonly batch: string; readonly custom_id: string }[],
): Promise<void> {
  await tx.query({
    name: 'videos.mark_of_batch',
    text: `update videos.videos v set batch = b.batch, batch_item = b.custom_id
             from unnest($1::text[], $2::text[], $3::text[]) as b (video, batch, custom_id) where v.id = b.video`,
    values: [videos.map(({ video }) => video), videos.map(({ batch }) => batch), videos.map(({ custom_id }) => custom_id)],
  })
}
