import { inspect } from 'node:util'
import { describe, expect, test } from 'vitest'
import { addressOf, readPlace, uriOf } from './place.ts'

const KEYS = { AWS_ACCESS_KEY_ID: 'AKIAEXAMPLE', AWS_SECRET_ACCESS_KEY: 'hunter2' }
function placeOf(storage: string, env: Readonly<Record<string, string>>) {
  const read = readPlace(storage, { ...KEYS, ...env })
  if (read.outcome === 'wrong') throw new Error(read.sentence)
  return read.place
}

describe('the place of object storage', () => {
  test.each([
    ['s3://clips', { AWS_REGION: 'eu-central-1' }, 's3://clips', 'https://clips.s3.eu-central-1.amazonaws.com/a/b'],
    ['s3://clips/x/y/', { AWS_DEFAULT_REGION: 'cn-north-1' }, 's3://clips/x/y', 'https://clips.s3.cn-north-1.amazonaws.com.cn/a/b'],
    ['s3://my.clips', { AWS_REGION: 'us-east-1' }, 's3://my.clips', 'https://s3.us-east-1.amazonaws.com/my.clips/a/b'],
    ['s3://clips', { AWS_ENDPOINT_URL: 'http://minio:9000/' }, 's3://clips?endpoint=http://minio:9000', 'http://minio:9000/clips/a/b'],
    [
      's3://clips/x',
      { AWS_ENDPOINT_URL: 'http://all', AWS_ENDPOINT_URL_S3: 'https://host/storage/s3' },
      's3://clips/x?endpoint=https://host/storage/s3',
      'https://host/storage/s3/clips/a/b',
    ],
    ['s3://clips/x?endpoint=http://minio:9000', { AWS_ENDPOINT_URL: 'http://all' }, 's3://clips/x?endpoint=http://minio:9000', null],
  ])('%s with %j', (storage, env, uri, address) => {
    const place = placeOf(storage, env)
    expect(uriOf(place)).toBe(uri)
    // What a process is told to use when it differs is what another can be given.
    expect(uriOf(placeOf(uri, { AWS_REGION: 'eu-central-1' }))).toBe(uri)
    if (address !== null) expect(addressOf(place, 'a/b').href).toBe(address)
    expect(`${JSON.stringify(place)}${inspect(place, { depth: 9 })}`).not.toContain('hunter2')
  })

  test.each([
    ['s3://', {}, /FILMGATE_STORAGE names no bucket/],
    ['s3:clips', {}, /FILMGATE_STORAGE is no address of a bucket; it takes s3:\/\/bucket\/prefix/],
    ['s3://AKIA:hunter2@clips', {}, /without credentials in it/],
    ['s3://Clips', {}, /names no bucket that can exist/],
    ['s3://clips/../x', {}, /has a prefix that can not be used/],
    ['s3://clips/a//b', {}, /has a prefix that can not be used/],
    ['s3://clips', {}, /AWS_REGION is not set/],
    ['s3://clips', { AWS_REGION: 'eu.evil.example/' }, /AWS_REGION is no region/],
    ['s3://clips', { AWS_ENDPOINT_URL: 'minio:9000' }, /AWS_ENDPOINT_URL is no address; it takes http/],
    ['s3://clips', { AWS_ENDPOINT_URL_S3: 'http://a:hunter2@minio' }, /AWS_ENDPOINT_URL_S3 is no address; .* without credentials/],
    ['s3://clips', { AWS_REGION: 'us-east-1', AWS_SECRET_ACCESS_KEY: '' }, /AWS_SECRET_ACCESS_KEY is not set/],
    ['s3://clips', { AWS_REGION: 'us-east-1', AWS_ACCESS_KEY_ID: '' }, /AWS_ACCESS_KEY_ID is not set/],
  ])('%s with %j is refused in one sentence without a secret', (storage, env, about) => {
    const read = readPlace(storage, { ...KEYS, ...env })
    const sentence = read.outcome === 'wrong' ? read.sentence : ''
    expect(sentence).toMatch(about)
    expect(sentence).toMatch(/^[^\n]+\.$/)
    expect(sentence).not.toContain('hunter2')
  })
})
