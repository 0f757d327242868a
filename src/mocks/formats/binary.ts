import { defineMockFormat } from "../format.ts"

const types = new Map([
  ["bin", "application/octet-stream"],
  ["png", "image/png"],
  ["jpg", "image/jpeg"],
  ["jpeg", "image/jpeg"],
  ["gif", "image/gif"],
  ["webp", "image/webp"],
  ["avif", "image/avif"],
  ["ico", "image/vnd.microsoft.icon"],
  ["pdf", "application/pdf"],
  ["zip", "application/zip"],
  ["gz", "application/gzip"],
  ["tar", "application/x-tar"],
  ["wasm", "application/wasm"],
  ["mp3", "audio/mpeg"],
  ["ogg", "audio/ogg"],
  ["wav", "audio/wav"],
  ["mp4", "video/mp4"],
  ["webm", "video/webm"],
  ["woff", "font/woff"],
  ["woff2", "font/woff2"],
  ["ttf", "font/ttf"],
  ["otf", "font/otf"],
  ["docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"],
  ["xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"],
])

/** Everything that is not text, sent as it is. */
export const binary = defineMockFormat({
  name: "binary",
  about: "Pictures, documents, sounds and fonts; .bin for any other bytes.",
  extensions: [...types.keys()],
  selfContained: true,
  load: async (file) => ({ type: types.get(file.extension) ?? "application/octet-stream", body: await file.bytes() }),
})
