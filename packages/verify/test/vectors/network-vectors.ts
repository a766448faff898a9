/** Networks that keys are bound to: what is one, its canonical form, which addresses lie in it; and which address a call comes from that went through proxies. */

export function networkVectors() {
  const forms: readonly (readonly [text: string, canonical: string | null])[] = [
    ['192.0.2.1', '192.0.2.1/32'],
    ['0.0.0.0/0', '0.0.0.0/0'],
    ['10.0.0.0/8', '10.0.0.0/8'],
    ['::/0', '::/0'],
    ['::1', '::1/128'],
    ['2001:DB8::/32', '2001:db8::/32'],
    ['2001:0db8:0000:0000:0000:0000:0000:0000/32', '2001:db8::/32'],
    ['2001:db8:0:0:1:0:0:1', '2001:db8::1:0:0:1/128'],
    ['2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1/128'],
    ['::ffff:192.0.2.1', '192.0.2.1/32'],
    ['::ffff:10.0.0.0/104', '10.0.0.0/8'],
    ...['', '10.0.0.0/', '10.0.0/8', '256.0.0.1', '010.0.0.1', '10.0.0.0/33', '10.0.0.0/08', '10.0.0.5/8', '10.0.0.0/255.0.0.0', '::1/129', ':::'].map(
      (text) => [text, null] as const,
    ),
    ...['1:2:3:4:5:6:7:8::', 'fe80::1%eth0', '[::1]', '::ffff:10.0.0.0/8', '2001:db8::1/64', 'localhost', ' 10.0.0.1'].map((text) => [text, null] as const),
  ]
  const edges: readonly (readonly [network: string, inside: readonly string[], outside: readonly string[]])[] = [
    ['0.0.0.0/0', ['0.0.0.0', '255.255.255.255', '::ffff:192.0.2.1'], ['::', '::1', '2001:db8::1']],
    ['::/0', ['::', 'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff', 'fe80::1%eth0'], ['192.0.2.1', '::ffff:192.0.2.1']],
    [
      '192.0.2.0/24',
      ['192.0.2.0', '192.0.2.255', '::FFFF:c000:0207', '0:0:0:0:0:ffff:192.0.2.7'],
      ['192.0.1.255', '192.0.3.0', '::192.0.2.7', '192.0.2.7:80', '0192.0.2.7'],
    ],
    ['192.0.2.1/32', ['192.0.2.1'], ['192.0.2.0', '192.0.2.2']],
    ['192.0.2.0/31', ['192.0.2.0', '192.0.2.1'], ['192.0.2.2', '192.0.1.255']],
    ['128.0.0.0/1', ['128.0.0.0', '255.255.255.255'], ['127.255.255.255', '0.0.0.0']],
    ['2001:db8::/32', ['2001:db8::', '2001:DB8:FFFF:ffff:ffff:ffff:ffff:ffff'], ['2001:db7:ffff:ffff:ffff:ffff:ffff:ffff', '2001:db9::']],
    ['2001:db8::1/128', ['2001:db8::1', '2001:0db8:0:0:0:0:0:1'], ['2001:db8::', '2001:db8::2']],
    ['fe80::/10', ['fe80::1%eth0', 'febf:ffff::'], ['fec0::', 'fe7f::']],
  ]
  return {
    networks: forms.map(([text, canonical]) => ({ text, expect: canonical })),
    addresses: edges.flatMap(([network, inside, outside]) => [
      ...inside.map((address) => ({ network, address, expect: true })),
      ...outside.map((address) => ({ network, address, expect: false })),
    ]),
  }
}

/** `null`: not known. */
export function clientVectors() {
  const trustedProxies = ['10.0.0.0/8', '192.0.2.1/32', '2001:db8::/32']
  const through = (chains: readonly (readonly [forwardedFor: string | readonly string[], address: string | null])[]) =>
    chains.map(([forwardedFor, address]) => ['10.0.0.1', forwardedFor, address] as const)
  const unknown = ['unknown', '_hidden', 'nonsense', '198.51.100', '0198.51.100.1', '198.51.100.1:', '198.51.100.1:x', '198.51.100.1:123456', '[198.51.100.1]']
  const clients: readonly (readonly [peer: string, forwardedFor: string | readonly string[] | null, address: string | null])[] = [
    ['203.0.113.5', '198.51.100.1', '203.0.113.5'],
    ['203.0.113.5', 'unknown', '203.0.113.5'],
    ['::FFFF:203.0.113.5', null, '203.0.113.5'],
    ['10.0.0.1', null, '10.0.0.1'],
    ['::ffff:a00:1', '198.51.100.1', '198.51.100.1'],
    ['192.0.2.1', '127.0.0.1', '127.0.0.1'],
    ['192.0.2.2', '127.0.0.1', '192.0.2.2'],
    ['2001:DB8::1', '2001:DB9:0::9', '2001:db9::9'],
    ...through([
      ['198.51.100.1', '198.51.100.1'],
      ['8.8.8.8, 198.51.100.1', '198.51.100.1'],
      ['8.8.8.8 ,\t198.51.100.1 , 10.2.3.4', '198.51.100.1'],
      [['8.8.8.8', '198.51.100.1'], '198.51.100.1'],
      ['10.0.0.2, 10.0.0.3', '10.0.0.2'],
      ['nonsense, 198.51.100.1', '198.51.100.1'],
      ['::FFFF:198.51.100.1', '198.51.100.1'],
      ['::ffff:c633:6401', '198.51.100.1'],
      // A port behind the address, as some proxies write it.
      ['198.51.100.1:4711', '198.51.100.1'],
      ['8.8.8.8, 198.51.100.1:4711, 10.2.3.4:80', '198.51.100.1'],
      ['[2001:db9::9]', '2001:db9::9'],
      ['[2001:db9::9]:443', '2001:db9::9'],
      ['[::ffff:198.51.100.1]:443', '198.51.100.1'],
      ['198.51.100.1, [2001:db8::9]:443', '198.51.100.1'],
      // Empty elements are none.
      ['', '10.0.0.1'],
      [' , ,', '10.0.0.1'],
      ['198.51.100.1,', '198.51.100.1'],
      ['198.51.100.1, , 10.2.3.4,,', '198.51.100.1'],
      // What is no address is nobody's.
      ...unknown.map((hop) => [hop, null] as const),
      ...['[2001:db9::9', '2001:db9::9]', '[]', '[]:443', '[[2001:db9::9]]', '[2001:db9::9]443', '"[2001:db9::9]:443"'].map((hop) => [hop, null] as const),
      ['198.51.100.1, unknown', null],
      ['198.51.100.1, unknown, 10.2.3.4', null],
      [`198.51.100.1${', 10.0.0.2'.repeat(63)}`, '198.51.100.1'],
      [`198.51.100.1${', 10.0.0.2'.repeat(64)}`, null],
    ]),
  ]
  const readable = clients.map(([peer, forwardedFor, expect]) => ({ peer, ...(forwardedFor === null ? {} : { forwardedFor }), expect }))
  return { trustedProxies, clients: readable }
}
