/**
 * What a provider's call comes to, or `otherwise` when it has not answered in time. A provider that never answers must not keep a worker, nor the
 * deadline from being looked at. The call itself goes on and is forgotten: whatever it does later, it does to a provider, not to us.
 */
export async function within<T>(most_ms: number, call: Promise<T>, otherwise: (why: string) => T): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const too_long = new Promise<T>((resolve) => {
    timer = setTimeout(() => resolve(otherwise(`no answer within ${most_ms / 1000} s`)), most_ms)
  })
  try {
    return await Promise.race([call, too_long])
  } catch (error) {
    return otherwise(error instanceof Error ? error.message : String(error))
  } finally {
    clearTimeout(timer)
  }
}
