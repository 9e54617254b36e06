import { expect, test } from 'vitest'
import { readConfig } from './config.ts'

const KEYS = { AWS_ACCESS_KEY_ID: 'AKIAEXAMPLE', AWS_SECRET_ACCESS_KEY: 'hunter2', AWS_REGION: 'eu-central-1' }

test.each([
  [{}, { s3: null, storage_links: true }],
  [{ FILMGATE_STORAGE: 'file:', ...KEYS }, { s3: null }],
  [
    { FILMGATE_STORAGE: 's3://clips/x', ...KEYS },
    { s3: { bucket: 'clips', prefix: 'x' }, storage_links: true },
  ],
  [
    { FILMGATE_STORAGE: 's3://clips', FILMGATE_STORAGE_LINKS: 'none', ...KEYS },
    { s3: { bucket: 'clips' }, storage_links: false },
  ],
])('where clips lie: %j', (env, config) => {
  expect(readConfig(env, '/')).toMatchObject({ outcome: 'config', config })
})

test.each([
  [{ FILMGATE_STORAGE: 's3://AKIA:hunter2@clips' }, /^FILMGATE_STORAGE is no address of a bucket/],
  [{ FILMGATE_STORAGE: 's3://clips' }, /^AWS_REGION is not set/],
  [{ FILMGATE_STORAGE_LINKS: 'yes' }, /^FILMGATE_STORAGE_LINKS is "yes"; it takes signed or none\.$/],
])('a mistake in it is said without a secret: %j', (env, about) => {
  const read = readConfig(env, '/')
  expect(read.outcome === 'wrong' ? read.sentence : '').toMatch(about)
  expect(JSON.stringify(read)).not.toContain('hunter2')
})
