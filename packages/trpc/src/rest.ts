import { type AnyTRPCRouter, TRPCError } from '@trpc/server'
import { z } from 'zod'
import type { Context, Visit } from './context.ts'
import { admit, type Meta, type RestMeta } from './trpc.ts'

/** The part of a tRPC procedure that the facade relies on. */
interface ProcedureDef {
  readonly type: 'query' | 'mutation' | 'subscription'
  readonly meta?: Meta
  readonly middlewares: readonly unknown[]
  readonly inputs: readonly z.ZodType[]
  readonly output?: z.ZodType
  readonly resolver: (options: { ctx: Context; input: unknown }) => Promise<unknown>
}

/** One procedure as REST. */
export interface RestRoute {
  /** The name of the procedure, e.g. `content.create`. */
  readonly name: string
  readonly rest: RestMeta
  readonly meta: Meta
  readonly pathKeys: readonly string[]
  readonly input: z.ZodType
  readonly output: z.ZodType
  /** The columns of a list that is also given as a table; null for everything else. */
  readonly columns: readonly string[] | null
  /** The gate of the procedure, asked before a body is read. @throws AppError */
  admit(visit: Visit): Promise<void>
  /**
   * What follows the gate: input schema, use case, output schema.
   *
   * @throws TRPCError `BAD_REQUEST` around a ZodError for input that was refused; else what the use case throws
   */
  call(context: Context, input: unknown): Promise<unknown>
  /** Reads a query string by the types of the input's fields; what does not fit stays text and is refused by the schema. */
  readQuery(query: string): Record<string, unknown>
}

type FieldKind = 'number' | 'boolean' | 'array' | 'string'

/** JSON Schema of a Zod schema, without its `$schema`. `io` tells which side of transforms and defaults is meant. */
export function jsonSchemaOf(schema: z.ZodType, io: 'input' | 'output'): z.core.JSONSchema.BaseSchema {
  const { $schema, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: 'any', target: 'draft-2020-12' })
  return rest
}

/** Every procedure that has a `rest` line, in the order of the router. */
export function restRoutes(router: AnyTRPCRouter): RestRoute[] {
  const procedures = router._def.procedures as unknown as Record<string, { _def: ProcedureDef }>
  return Object.entries(procedures).flatMap(([name, { _def }]) => {
    const { meta, output, inputs } = _def
    if (!meta?.rest || _def.type === 'subscription') return []
    const [input] = inputs
    if (!input || !output || _def.middlewares.length !== STEPS) {
      throw new Error(`${name}: a REST procedure has the gate, one input schema, one output schema and a body`)
    }
    return [
      {
        name,
        rest: meta.rest,
        meta,
        pathKeys: [...meta.rest.path.matchAll(/\{(\w+)\}/g)].map((match) => String(match[1])),
        input,
        output,
        columns: meta.rest.csvAnswer ? columnsOf(output) : null,
        admit: (visit: Visit) => admit(visit, meta, name),
        call: callOf(input, _def, output),
        readQuery: queryReader(input),
      },
    ]
  })
}

/** The fields of the items of a page. */
function columnsOf(output: z.ZodType): string[] {
  const { items } = (jsonSchemaOf(output, 'output').properties ?? {}) as Record<
    string,
    { items?: { properties?: object } }
  >
  return Object.keys(items?.items?.properties ?? {})
}

/** The gate, the input schema, the output schema, the body. */
const STEPS = 4

/**
 * Runs a procedure without tRPC's chain of middleware, which costs 4 microseconds a step. Our procedures consist of the
 * steps above; one with anything else was refused at start, not skipped silently.
 */
function callOf(input: z.ZodType, { resolver }: ProcedureDef, output: z.ZodType): RestRoute['call'] {
  return async (ctx, raw) => {
    const parsed = input.safeParse(raw)
    if (!parsed.success) throw new TRPCError({ code: 'BAD_REQUEST', cause: parsed.error })
    return output.parse(await resolver({ ctx, input: parsed.data }))
  }
}

/** Never touches the schema itself: the same schema parses tRPC's typed JSON, where `"7"` is not a number. */
function queryReader(input: z.ZodType): (query: string) => Record<string, unknown> {
  const kinds = new Map<string, FieldKind>()
  const { properties } = jsonSchemaOf(input, 'input')
  for (const [key, field] of Object.entries(properties ?? {})) kinds.set(key, kindOf(field))
  return (query) => {
    const read: Record<string, unknown> = Object.create(null)
    for (const [key, value] of new URLSearchParams(query)) {
      const kind = kinds.get(key)
      const typed = typedValue(kind, value)
      const earlier = read[key]
      if (earlier === undefined) read[key] = kind === 'array' ? [typed] : typed
      else read[key] = Array.isArray(earlier) ? [...earlier, typed] : [earlier, typed]
    }
    return read
  }
}

function kindOf(field: boolean | z.core.JSONSchema._JSONSchema): FieldKind {
  if (typeof field === 'boolean') return 'string'
  if (field.type === 'integer' || field.type === 'number') return 'number'
  if (field.type === 'boolean' || field.type === 'array') return field.type
  const inner = field.anyOf?.find((option) => typeof option !== 'boolean' && option.type !== 'null')
  return inner ? kindOf(inner) : 'string'
}

function typedValue(kind: FieldKind | undefined, value: string): unknown {
  if (kind === 'number' && /^-?\d{1,15}(\.\d{1,15})?$/.test(value)) return Number(value)
  if (kind === 'boolean' && (value === 'true' || value === 'false')) return value === 'true'
  return value
}
