/** Rows of the one table of refusals. Of API keys, and of reports that one has leaked. */
import type { RefusalRow } from './row.ts'

export const keyRefusals = {
  // Reports of leaks
  signature_invalid: {
    status: 401,
    oauth: 'invalid_request',
    title: 'Signature not accepted',
    mend: 'The signature is missing, made with another key, or of another body. Sign the bytes exactly as they are sent.',
  },
  delivery_repeated: {
    status: 409,
    oauth: 'invalid_request',
    title: 'Taken before',
    mend: 'This very delivery was taken before, and nothing was done again. To send it anew, sign it with a new timestamp.',
  },

  // API keys
  key_slots_taken: {
    status: 409,
    oauth: 'invalid_request',
    title: 'Both key places taken',
    mend: 'An account has at most two active secret keys per environment. Revoke one first.',
  },
  network_invalid: {
    status: 400,
    oauth: 'invalid_request',
    title: 'Network not accepted',
    mend: 'Give addresses or CIDR blocks such as 192.0.2.1, 192.0.2.0/24 or 2001:db8::/32.',
  },
  profile_invalid: { status: 400, oauth: 'invalid_request', title: 'Profile not accepted', mend: 'Mend the member of the profile that is named.' },
  key_invalid: { status: 400, oauth: 'invalid_request', title: 'Key settings not accepted', mend: 'Mend the settings of the key.' },
  key_limit_reached: {
    status: 409,
    oauth: 'invalid_request',
    title: 'Too many keys',
    mend: 'There are as many active keys of this kind as the policy allows. Revoke one that is not used.',
  },
  key_expiry_required: { status: 400, oauth: 'invalid_request', title: 'Expiry missing', mend: 'Keys must have an expiry here: give expiresAt.' },
  key_networks_required: {
    status: 400,
    oauth: 'invalid_request',
    title: 'Networks missing',
    mend: 'Keys must say where they work from here: give networks, such as 192.0.2.0/24.',
  },
  key_ended: { status: 409, oauth: 'invalid_request', title: 'Key has ended', mend: 'The key was revoked or has expired. Make a new one.' },
  key_already_rolled: {
    status: 409,
    oauth: 'invalid_request',
    title: 'Key rolled already',
    mend: 'Another key is in its place already. Roll that one.',
  },
  key_known: { status: 409, oauth: 'invalid_request', title: 'Key known already', mend: 'A key with this digest is here already; nothing was imported.' },
  rotation_invalid: {
    status: 400,
    oauth: 'invalid_request',
    title: 'Rotation not accepted',
    mend: 'Mend the schedule, overlap, target or path of the rotation.',
  },
  rotation_path_taken: {
    status: 409,
    oauth: 'invalid_request',
    title: 'Path taken',
    mend: 'Another rotation delivers to this path of the target already. Choose another path, or remove that rotation.',
  },
  rotation_under_way: {
    status: 409,
    oauth: 'invalid_request',
    title: 'Rotation under way',
    mend: 'The key is being rotated just now. Look again in a minute.',
  },
  rotation_paused: {
    status: 409,
    oauth: 'invalid_request',
    title: 'Rotation paused',
    mend: 'The key or its account is disabled, and a new key would be, too. Enable it: then the rotation goes on by itself.',
  },
  idempotency_key_reused: {
    status: 409,
    oauth: 'invalid_request',
    title: 'Idempotency-Key used for another call',
    mend: 'This Idempotency-Key belongs to a call that asked for something else. Use a new one for each call.',
  },
  scope_not_publishable: {
    status: 403,
    oauth: 'invalid_scope',
    title: 'Scope not publishable',
    mend: 'A publishable key can carry only scopes that their API marks publishable.',
  },
  scope_exceeds_maker: { status: 403, oauth: 'invalid_scope', title: 'More than you have', mend: 'A key can carry only scopes that its maker has.' },
} as const satisfies Readonly<Record<string, RefusalRow>>
