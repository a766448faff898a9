/** The device grant (RFC 8628), written once for every authorization server: a device asks, its person lets it in on the server's own pages. */
import { Cookies, locationOf } from '../load/cookies.ts'
import type { HttpConnection } from '../load/http-connection.ts'
import { basic, formRequest, requestText } from '../load/request.ts'
import { formOf } from './forms.ts'
import { type AuthorizationServer, bodyOf } from './oauth.ts'

const DEVICE_GRANT = 'urn:ietf:params:oauth:grant-type:device_code'
/** On the last page of either server. */
const CONNECTED = /device is connected|sign-in success/i

/** A device code that its person has said yes to: the request that fetches the tokens. */
export async function allowedDevice(server: AuthorizationServer, connection: HttpConnection): Promise<string> {
  const credentials = basic(server.clientId, server.clientSecret)
  const asked = { client_id: server.clientId, scope: `offline_access ${server.scope}`, resource: server.opaqueApi }
  const answer = await connection.send(formRequest(server.origin, server.paths.deviceAuthorization, asked, credentials))
  const device = bodyOf<{ device_code: string; user_code: string }>(answer)
  await letIn(server, connection, device.user_code)
  return formRequest(server.origin, server.paths.token, { grant_type: DEVICE_GRANT, device_code: device.device_code }, credentials)
}

/** Follows every redirect and sends every form that comes, until the page says that the device is connected. */
async function letIn(server: AuthorizationServer, connection: HttpConnection, userCode: string): Promise<void> {
  const { origin, paths, person } = server
  const cookies = new Cookies()
  let request = requestText({ method: 'GET', origin, path: `${paths.device}?user_code=${userCode}` })
  for (let hop = 0; hop < 20; hop++) {
    const answer = await connection.send(request)
    cookies.take(answer)
    const cookie = { cookie: cookies.header }
    if (CONNECTED.test(answer.body)) return
    if (answer.status >= 300 && answer.status < 400) {
      const { pathname, search } = new URL(locationOf(answer), origin)
      request = requestText({ method: 'GET', origin, path: pathname + search, headers: cookie })
      continue
    }
    const form = formOf(answer.body)
    const { pathname } = new URL(form.action, origin)
    const fields = new URLSearchParams({ ...person, user_code: userCode, ...form.hidden })
    for (const scope of form.scopes) fields.append('scope', scope)
    request = formRequest(origin, pathname, fields, { ...cookie, origin })
  }
  throw new Error('the device was not let in')
}
