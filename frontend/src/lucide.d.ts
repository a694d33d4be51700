// Lucide ships its icons one a file, without types of their own.
declare module 'lucide/dist/esm/icons/*.mjs' {
  const shapes: [tag: string, attributes: Record<string, string | number | undefined>][];
  export default shapes;
}
