// The package carries no types; both files are imported as files, and what is imported is where they are.
declare module "swagger-ui-dist/swagger-ui-bundle.js" {
  const path: string
  export default path
}

declare module "swagger-ui-dist/swagger-ui.css" {
  const path: string
  export default path
}
