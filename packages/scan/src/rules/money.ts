/** Payments and shops. */
import type { Rule } from '../rule.ts'

export const moneyRules: readonly Rule[] = [
  {
    id: 'stripe-key',
    vendor: 'Stripe',
    name: 'secret or restricted key',
    keywords: ['sk_live_', 'rk_live_'],
    pattern: '[sr]k_live_[A-Za-z0-9]{24,120}',
    minEntropy: 3.5,
  },
  { id: 'stripe-webhook-secret', vendor: 'Stripe', name: 'webhook secret', keywords: ['whsec_'], pattern: 'whsec_[A-Za-z0-9+/]{32,64}={0,2}', minEntropy: 3.5 },
  {
    id: 'square-token',
    vendor: 'Square',
    name: 'access token',
    keywords: ['EAAA', 'sq0atp-'],
    pattern: '(?:EAAA[A-Za-z0-9_-]{60}|sq0atp-[A-Za-z0-9_-]{22})',
    minEntropy: 3.7,
  },
  { id: 'square-secret', vendor: 'Square', name: 'OAuth secret', keywords: ['sq0csp-'], pattern: 'sq0csp-[A-Za-z0-9_-]{43}' },
  {
    id: 'braintree-token',
    vendor: 'PayPal',
    name: 'Braintree access token',
    keywords: ['access_token$production$'],
    pattern: 'access_token\\$production\\$[a-z0-9]{16}\\$[a-f0-9]{32}',
  },
  {
    id: 'shopify-token',
    vendor: 'Shopify',
    name: 'access token',
    keywords: ['shpat_', 'shpca_', 'shppa_', 'shpss_'],
    pattern: 'shp(?:at|ca|pa|ss)_[a-fA-F0-9]{32}',
  },
  {
    id: 'plaid-token',
    vendor: 'Plaid',
    name: 'access token',
    keywords: ['access-production-'],
    pattern: 'access-production-[a-f0-9]{8}(?:-[a-f0-9]{4}){3}-[a-f0-9]{12}',
  },
  { id: 'razorpay-key', vendor: 'Razorpay', name: 'live key', keywords: ['rzp_live_'], pattern: 'rzp_live_[A-Za-z0-9]{14}' },
  { id: 'flutterwave-key', vendor: 'Flutterwave', name: 'secret key', keywords: ['FLWSECK-'], pattern: 'FLWSECK-[a-f0-9]{32}-[A-Za-z0-9]{1,12}-?X?' },
  { id: 'easypost-key', vendor: 'EasyPost', name: 'API key', keywords: ['EZAK'], pattern: 'EZAK[A-Za-z0-9]{54}' },
  { id: 'adyen-key', vendor: 'Adyen', name: 'API key', keywords: ['AQE'], pattern: 'AQE[a-z]hmfuXN[A-Za-z0-9+/=_.<>(){}\\[\\]:;,*^$%!?@~|-]{80,200}' },
]
