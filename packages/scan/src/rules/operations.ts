/** What watches, stores and signs in. */
import { assigned, type Rule } from '../rule.ts'

export const operationRules: readonly Rule[] = [
  {
    id: 'datadog-key',
    vendor: 'Datadog',
    name: 'API or application key',
    keywords: ['datadog', 'dd_api_key', 'dd_app_key'],
    ...assigned('(?:datadog|dd_ap[ip]_key)', '(?:[a-f0-9]{40}|[a-f0-9]{32})'),
    minEntropy: 2.9,
  },
  { id: 'new-relic-key', vendor: 'New Relic', name: 'user key', keywords: ['NRAK-'], pattern: 'NRAK-[A-Z0-9]{27}' },
  { id: 'new-relic-insert-key', vendor: 'New Relic', name: 'insert key', keywords: ['NRII-'], pattern: 'NRII-[A-Za-z0-9_-]{32}' },
  { id: 'sentry-user-token', vendor: 'Sentry', name: 'user token', keywords: ['sntryu_'], pattern: 'sntryu_[a-f0-9]{64}' },
  { id: 'sentry-organization-token', vendor: 'Sentry', name: 'organization token', keywords: ['sntrys_eyJ'], pattern: 'sntrys_eyJ[A-Za-z0-9+/=_-]{80,400}' },
  { id: 'grafana-token', vendor: 'Grafana', name: 'service account token', keywords: ['glsa_'], pattern: 'glsa_[A-Za-z0-9]{32}_[a-fA-F0-9]{8}' },
  { id: 'grafana-cloud-token', vendor: 'Grafana', name: 'Cloud token', keywords: ['glc_eyJ'], pattern: 'glc_eyJ[A-Za-z0-9+/]{60,400}={0,3}' },
  { id: 'dynatrace-token', vendor: 'Dynatrace', name: 'token', keywords: ['dt0c01.', 'dt0s01.'], pattern: 'dt0[cs]01\\.[A-Z2-7]{24}\\.[A-Z2-7]{64}' },
  { id: 'okta-token', vendor: 'Okta', name: 'API token', keywords: ['SSWS '], pattern: 'SSWS (00[A-Za-z0-9_-]{40})', minEntropy: 3.7 },
  { id: 'onepassword-token', vendor: '1Password', name: 'service account token', keywords: ['ops_eyJ'], pattern: 'ops_eyJ[A-Za-z0-9+/]{250,1500}={0,3}' },
  {
    id: 'age-secret-key',
    vendor: 'age',
    name: 'secret key',
    keywords: ['AGE-SECRET-KEY-1'],
    pattern: 'AGE-SECRET-KEY-1[QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L]{58}',
  },
  { id: 'notion-token', vendor: 'Notion', name: 'integration token', keywords: ['ntn_'], pattern: 'ntn_[A-Za-z0-9]{46}' },
  { id: 'contentful-token', vendor: 'Contentful', name: 'management token', keywords: ['CFPAT-'], pattern: 'CFPAT-[A-Za-z0-9_-]{43}' },
  { id: 'mapbox-secret-token', vendor: 'Mapbox', name: 'secret token', keywords: ['sk.eyJ'], pattern: 'sk\\.eyJ[A-Za-z0-9_-]{50,120}\\.[A-Za-z0-9_-]{22}' },
  {
    id: 'dropbox-token',
    vendor: 'Dropbox',
    name: 'access token',
    keywords: ['sl.u.', 'sl.A', 'sl.B', 'sl.C'],
    pattern: 'sl\\.(?:u\\.|[ABC])[A-Za-z0-9_-]{130,1500}',
    minEntropy: 4,
  },
  { id: 'adafruit-key', vendor: 'Adafruit', name: 'IO key', keywords: ['aio_'], pattern: 'aio_[A-Za-z0-9]{28}', minEntropy: 3.5 },
  { id: 'readme-key', vendor: 'ReadMe', name: 'API key', keywords: ['rdme_'], pattern: 'rdme_[a-z0-9]{70}' },
  { id: 'prefect-key', vendor: 'Prefect', name: 'API key', keywords: ['pnu_'], pattern: 'pnu_[A-Za-z0-9]{36}', minEntropy: 3.5 },
]
