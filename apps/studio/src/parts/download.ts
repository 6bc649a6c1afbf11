/** Offers bytes or text as a file to be saved. */
export function download(content: Uint8Array<ArrayBuffer> | string, name: string, type = 'application/octet-stream'): void {
  const link = document.createElement('a')
  link.href = URL.createObjectURL(new Blob([content], { type }))
  link.download = name
  link.click()
  URL.revokeObjectURL(link.href)
}
