import base from '../vitest.config.ts'
export default { ...base, test: { ...base.test, include: [process.env.FILE ?? 'tooling/probe.test.ts'], root: '/tmp/w/browser' } }
