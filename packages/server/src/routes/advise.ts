/** `/advise`: which mechanism, and why. Open to everybody; knows nothing of anybody. */
import { advise } from '@latchwork/advice'
import { refuse } from '@latchwork/kernel'
import type { FastifyInstance, FastifyReply } from 'fastify'
import { sendPage } from '../http/send-page.ts'
import type { Site } from '../http/site.ts'
import { advicePage, answersIn, comparisonPage, paths, questionPage } from '../pages/index.ts'

const config = { dialect: 'page' } as const

export function adviseRoutes(app: FastifyInstance, site: Site): void {
  app.get<{ Querystring: Readonly<Record<string, string>> }>(paths.advise, { config }, (request, reply): FastifyReply => {
    const { answers, next, isWhole } = answersIn(request.query)
    // An address that was cut or made up is told so: half an answer would be another advice.
    if (!isWhole) return refuse('request_malformed', { detail: 'This address holds an answer that is none. Begin again at /advise.' })
    if (next !== undefined) return sendPage(reply, questionPage(site.page, next, answers))
    const advice = advise(answers)
    return advice === undefined ? refuse('not_found') : sendPage(reply, advicePage(site.page, advice))
  })
  app.get(paths.comparison, { config }, (_request, reply) => sendPage(reply, comparisonPage(site.page)))
}
