export { basisFolder } from './basis-folder.ts'
