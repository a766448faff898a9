/** What is known at once, or later: on the path of every request a promise is too many where nothing has to be waited for. */
export type Soon<T> = T | Promise<T>

/** Goes on at once with what is known at once. */
export function goOn<T, R>(value: Soon<T>, next: (value: T) => Soon<R>): Soon<R> {
  return value instanceof Promise ? value.then(next) : next(value)
}
