import { describe, expect, test } from 'vitest'
import { readConfig } from '../config.ts'
import { readTarget } from './target.ts'
import { readTrustedHosts } from './trusted.ts'

test('a trusted host is written as any link to it is read', () => {
  const read = readTrustedHosts('127.0.0.1:9100, Files.Internal:443,[::1]:80,2130706433:8080,my_service:09000')
  expect(read).toEqual({
    outcome: 'hosts',
    hosts: new Set(['127.0.0.1:9100', 'files.internal:443', '[::1]:80', '127.0.0.1:8080', 'my_service:9000']),
  })
  const place = (link: string) => {
    const target = readTarget(link)
    return target.outcome === 'target' ? target.target.place : target.why
  }
  expect(place('https://FILES.internal/a')).toBe('files.internal:443')
  expect(place('http://[0:0::1]/a')).toBe('[::1]:80')
  expect(place('http://127.1:9100/')).toBe('127.0.0.1:9100')
})

describe('a mistake in FILMGATE_TRUSTED_HOSTS stops the start with one sentence that quotes it', () => {
  test.each([
    'files.internal',
    'files.internal:',
    ':80',
    'files.internal:0',
    'files.internal:65536',
    'files.internal:http',
    'files.internal:-1',
    'http://files.internal:80',
    'ada@files.internal:80',
    'files.internal/a:80',
    'files.internal?:80',
    '*.internal:80',
    '*:80',
    '::1:80',
    '[::1:80',
    'a b:80',
    'a:80,,b:80',
    'a:80,',
    ',',
    'a:80;b:80',
    '256.1.1.1:80',
  ])('%s', (text) => {
    const read = readConfig({ FILMGATE_TRUSTED_HOSTS: text }, '/')
    expect(read.outcome).toBe('wrong')
    if (read.outcome !== 'wrong') return
    expect(read.sentence).toMatch(
      /^FILMGATE_TRUSTED_HOSTS is ".*"; ".*" in it is not host:port, .+ like 127\.0\.0\.1:9100,files\.internal:443\.$/,
    )
    expect(read.sentence).toContain(JSON.stringify(text))
  })

  test('and none is the default', () => {
    for (const env of [{}, { FILMGATE_TRUSTED_HOSTS: '' }]) {
      expect(readConfig(env, '/')).toMatchObject({ outcome: 'config', config: { trusted_hosts: new Set() } })
    }
  })
})
