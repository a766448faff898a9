/** The document of an API, mounted in Express with one line. */
import express from 'express'

export function expressApi(resource) {
  const app = express()
  app.use(resource.handler)
  app.use((_request, response) => response.status(401).set('WWW-Authenticate', `Bearer resource_metadata="${resource.url}"`).end())
  return app
}
