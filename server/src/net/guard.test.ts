import { describe, expect, test } from 'vitest'
import { isPublicAddress } from './guard.ts'

describe('addresses of the public Internet are open', () => {
  test.each([
    '1.1.1.1',
    '8.8.8.8',
    '9.255.255.255',
    '11.0.0.0',
    '100.63.255.255',
    '100.128.0.0',
    '126.255.255.255',
    '128.0.0.0',
    '168.63.129.15',
    '169.253.255.255',
    '172.15.255.255',
    '172.32.0.0',
    '192.0.1.0',
    '192.167.255.255',
    '192.169.0.0',
    '198.17.255.255',
    '198.20.0.0',
    '223.255.255.255',
    '2001:200::1',
    '2001:4860:4860::8888',
    '2003::1',
    '2606:4700:4700::1111',
    '2a00:1450:4001::1',
    '3ffe:ffff::1',
  ])('%s', (address) => expect(isPublicAddress(address)).toBe(true))
})

describe('everything else is closed', () => {
  test.each([
    ['unspecified', ['0.0.0.0', '0.1.2.3', '::', '0:0:0:0:0:0:0:0']],
    ['loopback', ['127.0.0.1', '127.255.255.255', '::1', '0:0:0:0:0:0:0:1']],
    ['private', ['10.0.0.0', '10.255.255.255', '172.16.0.0', '172.31.255.255', '192.168.0.0', '192.168.255.255']],
    ['carrier-grade NAT', ['100.64.0.0', '100.127.255.255']],
    ['link-local', ['169.254.0.0', '169.254.255.255', 'fe80::1', 'febf::1', 'fe80::1%eth0', '2001:4860::1%eth0']],
    ['metadata', ['169.254.169.254', '100.100.100.200', '192.0.0.192', '168.63.129.16', 'fd00:ec2::254', 'fd20:ce::254']],
    ['unique and site local', ['fc00::', 'fdff:ffff::1', 'fec0::1', 'feff::1']],
    ['multicast and broadcast', ['224.0.0.1', '239.255.255.255', '240.0.0.0', '255.255.255.255', 'ff02::1', 'ff0e::1']],
    ['documentation', ['192.0.2.1', '198.51.100.1', '203.0.113.1', '2001:db8::1', '3fff::1', '3fff:fff:ffff::1']],
    ['benchmarking', ['198.18.0.0', '198.19.255.255', '2001:2::1']],
    [
      'protocols',
      ['192.0.0.8', '192.88.99.1', '192.31.196.1', '192.52.193.1', '192.175.48.1', '2620:4f:8000::1', '2001:10::1', '2001:20::1'],
    ],
    ['discard and segment routing', ['100::1', '5f00::1']],
    ['IPv4 mapped into IPv6', ['::ffff:127.0.0.1', '::ffff:7f00:1', '::ffff:a00:1', '::ffff:8.8.8.8', '0:0:0:0:0:ffff:169.254.169.254']],
    ['IPv4-compatible IPv6', ['::127.0.0.1', '::7f00:1', '::a00:1', '::8.8.8.8']],
    ['IPv4-translated IPv6', ['::ffff:0:127.0.0.1', '::ffff:0:7f00:1']],
    ['NAT64', ['64:ff9b::127.0.0.1', '64:ff9b::a9fe:a9fe', '64:ff9b:1::7f00:1']],
    ['6to4', ['2002:7f00:1::', '2002:a00:1::1', '2002:808:808::1']],
    ['Teredo', ['2001::1', '2001:0:7f00:1::', '2001:0:4136:e378:8000:63bf:80ff:fffe']],
    ['not given to anybody', ['4000::1', '8000::1', 'e000::1', '1fff::1']],
    ['no addresses', ['', 'localhost', '127.1', '0x7f000001', '2130706433', '8.8.8.8:80', '[2606:4700::1]', '8.8.8', '010.0.0.1', 'g::1']],
  ])('%s', (_kind, addresses) => {
    expect(addresses.filter((address) => isPublicAddress(address))).toEqual([])
  })
})

test('this machine’s own addresses are closed, however they are written', () => {
  const own = ['93.184.215.14', '2606:2800:21f::1', 'fe80::1%eth0', 'junk']
  expect(isPublicAddress('93.184.215.14', own)).toBe(false)
  expect(isPublicAddress('93.184.215.15', own)).toBe(true)
  expect(isPublicAddress('2606:2800:021f:0:0::0001', own)).toBe(false)
  expect(isPublicAddress('2606:2800:21f::2', own)).toBe(true)
})
