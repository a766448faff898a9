/** Networks that keys are bound to: what is one, its canonical form, and which addresses lie in it. */

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
