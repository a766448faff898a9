/** Everything this package asks of a store. */
import type { ApplicationsStore } from './applications/store.ts'
import type { DeviceStore } from './device/store.ts'
import type { LogoutStore } from './logout/store.ts'
import type { OAuthStore } from './store.ts'

export type OAuthStores = OAuthStore & ApplicationsStore & DeviceStore & LogoutStore
