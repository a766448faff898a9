/** Texts and what they are read as: form and checksum only, no look-up. */
import { credentialOf, texts } from './world.ts'

export function credentialVectors() {
  const good = texts.live
  const changed = (text: string, at: number) => text.slice(0, at) + (text.at(at) === 'a' ? 'b' : 'a') + text.slice(at + 1)
  const prefixes = ['', 'sk_', 'sk_live_', 'sk_live_lw', 'sk_live_lw_', good.slice(0, -49), good.slice(0, -6), good.slice(0, -1)]
  return [
    ...(['sk', 'rk', 'pk', 'pat'] as const).flatMap((kind) =>
      (['live', 'test'] as const).map((environment) => ({
        name: `${kind} ${environment}`,
        text: credentialOf(`${kind}_${environment}_lw_`, 40),
        expect: { type: 'api_key', kind, environment, brand: 'lw' },
      })),
    ),
    { name: 'another brand', text: credentialOf('sk_live_acme42_', 41), expect: { type: 'api_key', kind: 'sk', environment: 'live', brand: 'acme42' } },
    ...Object.entries({ access_token: 'at', refresh_token: 'rt', authorization_code: 'ac', client_secret: 'cs', root_key: 'root', device_code: 'dc' }).map(
      ([type, infix]) => ({ name: type, text: credentialOf(`lw_${infix}_`, 42), expect: { type } }),
    ),
    { name: 'all bytes zero', text: credentialOf('sk_live_lw_', 0), expect: { type: 'api_key', kind: 'sk', environment: 'live', brand: 'lw' } },
    { name: 'all bytes 255', text: credentialOf('sk_live_lw_', 255), expect: { type: 'api_key', kind: 'sk', environment: 'live', brand: 'lw' } },
    { name: 'checksum changed', text: changed(good, good.length - 1), expect: null },
    { name: 'body changed', text: changed(good, 20), expect: null },
    { name: 'test edited to live', text: texts.test.replace('_test_', '_live_'), expect: null },
    { name: 'sk edited to rk', text: good.replace('sk_', 'rk_'), expect: null },
    { name: 'brand edited', text: good.replace('_lw_', '_lx_'), expect: null },
    {
      name: 'two letters changed places',
      text: good.slice(0, 30) + good.charAt(31) + good.charAt(30) + good.slice(32),
      expect: good[30] === good[31] ? undefined : null,
    },
    { name: 'upper case', text: good.toUpperCase(), expect: null },
    { name: 'unknown kind', text: credentialOf('xk_live_lw_', 43), expect: null },
    { name: 'unknown environment', text: credentialOf('sk_prod_lw_', 43), expect: null },
    { name: 'brand of one letter', text: credentialOf('sk_live_l_', 43), expect: null },
    { name: 'brand of seven letters', text: credentialOf('sk_live_acme123_', 43), expect: null },
    { name: 'brand in upper case', text: credentialOf('sk_live_LW_', 43), expect: null },
    { name: 'unknown token kind', text: credentialOf('lw_zz_', 43), expect: null },
    { name: 'no prefix', text: credentialOf('', 43), expect: null },
    { name: 'a space before', text: ` ${good}`, expect: null },
    { name: 'a newline after', text: `${good}\n`, expect: null },
    { name: 'a letter outside ASCII', text: `${good.slice(0, 20)}é${good.slice(21)}`, expect: null },
    { name: 'too long', text: 'a'.repeat(513), expect: null },
    { name: 'twice', text: good + good, expect: null },
    ...prefixes.map((text, index) => ({ name: `cut short ${index}`, text, expect: null })),
  ].filter((vector) => vector.expect !== undefined)
}
