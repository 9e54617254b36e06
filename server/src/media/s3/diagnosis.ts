import type { S3Fault } from './client.ts'
import type { S3Place } from './place.ts'

/** What a start under a wrong setting ends with: one sentence that says what to change. Nothing of the credentials is in it. */
export function sentenceFor(fault: S3Fault, place: S3Place): string {
  const where = place.endpoint ?? `Amazon S3 in ${place.region}`
  const { status, code, region } = fault
  if (status === null) {
    return `The object storage at ${where} can not be reached (${code}): check ${place.endpoint === null ? 'AWS_REGION and the network' : 'AWS_ENDPOINT_URL'}, and that it runs.`
  }
  if (code === 'NoSuchBucket') return `There is no bucket ${place.bucket} at ${where}: make it, or correct FILMGATE_STORAGE.`
  if (/^(AuthorizationHeaderMalformed|PermanentRedirect|TemporaryRedirect|IllegalLocationConstraintException)$/.test(code)) {
    return `The bucket ${place.bucket} is not in the region ${place.region}: set AWS_REGION to ${region ?? 'the one it is in'}.`
  }
  if (/^(InvalidAccessKeyId|SignatureDoesNotMatch|InvalidClientTokenId|Unauthorized)$/.test(code)) {
    return `The object storage at ${where} does not take the credentials (${code}): check AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.`
  }
  if (/^(ExpiredToken|InvalidToken|TokenRefreshRequired)$/.test(code)) {
    return `The object storage at ${where} does not take AWS_SESSION_TOKEN (${code}): bring a fresh one, or leave it unset for a lasting key.`
  }
  if (/^(AccessDenied|AllAccessDisabled|AccountProblem)$/.test(code)) {
    return `The credentials may not use the bucket ${place.bucket} at ${where} (${code}): allow them to list it, and to read, write and delete in it.`
  }
  if (code === 'RequestTimeTooSkewed') return `This machine's clock is off from that of ${where}: set it right.`
  return `What answers at ${where} is no object storage that can be used (${status} ${code}): check AWS_ENDPOINT_URL and FILMGATE_STORAGE.`
}
