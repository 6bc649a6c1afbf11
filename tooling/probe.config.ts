import base from '../vitest.config.ts'
export default { ...base, test: { ...base.test, include: ['tooling/probe.test.ts'], root: '/tmp/w/browser' } }
