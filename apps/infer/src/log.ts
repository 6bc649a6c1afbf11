import { destination, type Logger, pino } from 'pino'

/** Bytes of log lines that may wait for standard error. If its reader stalls, further lines are dropped, so that they never fill the memory. */
const MOST_WAITING = 2 ** 20

/** A log of JSON lines on standard error. Lines are written in the background, so that a slow reader never delays an answer; the rest is written at exit. */
export const openLog = (level: string): Logger => pino({ level, base: null }, destination({ fd: 2, sync: false, maxLength: MOST_WAITING }))
