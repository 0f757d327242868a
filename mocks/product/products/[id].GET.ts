import type { MockFunction } from "bellhop"

import products from "../products.GET.json"

export default (({ params: { id } }) =>
  products.find((product) => product.id === id) ??
  Response.json({ error: `There is no product "${id}".` }, { status: 404 })) satisfies MockFunction
