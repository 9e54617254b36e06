/** A bucket, the part of it that is ours, and how to speak to it. */
export interface S3Place {
  readonly bucket: string
  /** Empty, or names with slashes between them and none around. */
  readonly prefix: string
  /** Of a service that is not Amazon's: no slash at its end. */
  readonly endpoint: string | null
  readonly region: string
  /** A function, so that whoever prints a place prints no secret. */
  readonly credentials: () => S3Credentials
}

export interface S3Credentials {
  readonly access_key_id: string
  readonly secret_access_key: string
  readonly session_token: string | null
}

export type PlaceRead = { readonly outcome: 'place'; readonly place: S3Place } | { readonly outcome: 'wrong'; readonly sentence: string }

const BUCKET = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/
/** Names that no server and no signature writes in two ways. */
const PREFIX = /^[A-Za-z0-9_][A-Za-z0-9._-]*(\/[A-Za-z0-9_][A-Za-z0-9._-]*)*$/
const PREFIX_LENGTH_MAX = 300
const REGION = /^[a-z0-9-]{1,40}$/
/** What services other than Amazon's call theirs, most of them. */
const REGION_ELSEWHERE = 'us-east-1'

/**
 * Reads `s3://bucket/prefix`, or `s3://bucket/prefix?endpoint=https://…`, with the AWS_* variables that belong to it. No sentence repeats a
 * value that may have a secret in it.
 */
export function readPlace(storage: string, env: Readonly<Record<string, string | undefined>>): PlaceRead {
  const text = (name: string) => (env[name] === undefined || env[name] === '' ? null : env[name])
  const form = /^s3:\/\/([^/?#@:]*)(?:\/([^?#]*))?(?:\?endpoint=([^&#]*))?$/.exec(storage)
  if (form === null) return wrong('FILMGATE_STORAGE is no address of a bucket; it takes s3://bucket/prefix, without credentials in it.')
  const [, bucket = '', folder = '', named_endpoint] = form
  if (!BUCKET.test(bucket)) {
    return wrong('FILMGATE_STORAGE names no bucket that can exist: lower-case letters, digits, dots and hyphens, 3 to 63 of them.')
  }
  const prefix = folder.replace(/\/$/, '')
  if (prefix !== '' && (prefix.length > PREFIX_LENGTH_MAX || !PREFIX.test(prefix))) {
    return wrong('FILMGATE_STORAGE has a prefix that can not be used: letters, digits, ".", "_" and "-" between single slashes.')
  }
  const [endpoint_name, endpoint_text] =
    named_endpoint === undefined
      ? text('AWS_ENDPOINT_URL_S3') === null
        ? ['AWS_ENDPOINT_URL', text('AWS_ENDPOINT_URL')]
        : ['AWS_ENDPOINT_URL_S3', text('AWS_ENDPOINT_URL_S3')]
      : ['The endpoint in FILMGATE_STORAGE', decoded(named_endpoint)]
  const endpoint = endpoint_text === null ? null : readEndpoint(endpoint_text)
  if (endpoint_text !== null && endpoint === null) {
    return wrong(`${endpoint_name} is no address; it takes http(s)://host:port, without credentials in it.`)
  }
  const region = text('AWS_REGION') ?? text('AWS_DEFAULT_REGION') ?? (endpoint === null ? null : REGION_ELSEWHERE)
  if (region === null) return wrong('AWS_REGION is not set; FILMGATE_STORAGE=s3://… needs the region of the bucket, such as eu-central-1.')
  if (!REGION.test(region)) return wrong('AWS_REGION is no region; it takes one like eu-central-1.')
  const [access_key_id, secret_access_key] = [text('AWS_ACCESS_KEY_ID'), text('AWS_SECRET_ACCESS_KEY')]
  if (access_key_id === null || secret_access_key === null) {
    const missing = access_key_id === null ? 'AWS_ACCESS_KEY_ID' : 'AWS_SECRET_ACCESS_KEY'
    return wrong(`${missing} is not set; FILMGATE_STORAGE=s3://… needs AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.`)
  }
  const credentials = { access_key_id, secret_access_key, session_token: text('AWS_SESSION_TOKEN') }
  return { outcome: 'place', place: { bucket, prefix, endpoint, region, credentials: () => credentials } }
}

/** Names the place, in the form that FILMGATE_STORAGE takes: processes that share a database compare it. */
export function uriOf({ bucket, prefix, endpoint }: S3Place): string {
  return `s3://${bucket}${prefix === '' ? '' : `/${prefix}`}${endpoint === null ? '' : `?endpoint=${endpoint}`}`
}

/** Where an object is; without a key, the bucket. Amazon wants a bucket's name in the host, and has no certificate for one with dots; others want it in the path. */
export function addressOf({ bucket, endpoint, region }: S3Place, object: string | null): URL {
  const path = object === null ? '' : `/${object}`
  if (endpoint !== null) return new URL(`${endpoint}/${bucket}${path}`)
  const host = `s3.${region}.amazonaws.com${region.startsWith('cn-') ? '.cn' : ''}`
  return new URL(bucket.includes('.') ? `https://${host}/${bucket}${path}` : `https://${bucket}.${host}${path === '' ? '/' : path}`)
}

function readEndpoint(text: string): string | null {
  if (!URL.canParse(text)) return null
  const url = new URL(text)
  if (url.protocol !== 'http:' && url.protocol !== 'https:') return null
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '') return null
  return `${url.origin}${url.pathname.replace(/\/+$/, '')}`
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return ''
  }
}

function wrong(sentence: string): PlaceRead {
  return { outcome: 'wrong', sentence }
}
