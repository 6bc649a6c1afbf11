export { DownloadError, type DownloadOptions, type DownloadProgress, download } from './node/download.ts'
export { cacheFolder, type DataFile, type DataOptions, findFile, MissingDataError } from './node/find-file.ts'
export { loadMnist, loadPlanetoid, loadPosedMesh, loadQm7, loadRelief, loadTu } from './node/load.ts'
export { type Checksum, downloadableTuSets, mnistResource, type Resource, tuResource } from './node/resources.ts'
