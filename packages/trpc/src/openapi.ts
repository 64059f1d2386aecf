import { Problem } from '@pramaan/shared'
import { jsonSchemaOf, type RestRoute } from './rest.ts'

type Json = Record<string, unknown>

const PROBLEM = { $ref: '#/components/responses/Problem' }

/** The OpenAPI 3.1 document of the REST facade. The same input gives the same text, so that it can be compared. */
export function openApiDocument(routes: RestRoute[], info: { version: string }): Json {
  const schemas: Record<string, unknown> = { Problem: jsonSchemaOf(Problem, 'output') }
  const paths: Record<string, Record<string, unknown>> = {}
  for (const route of routes) {
    const path = `/api${route.rest.path}`
    paths[path] = { ...paths[path], [route.rest.method.toLowerCase()]: operationOf(route, schemas) }
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Pramaan',
      version: info.version,
      description:
        'Publish to clients within the law, and let anybody check afterwards that you did. An inspector names the advisor whose account they read in the header `X-Advisor-Id`; it needs a live grant, and every read is written into the log of that advisor.',
    },
    servers: [{ url: '/' }],
    paths,
    components: {
      schemas,
      responses: {
        Problem: {
          description:
            'A problem (RFC 9457). `code` comes from a closed list; `requestId` finds the request in our logs.',
          headers: {
            'X-Request-Id': { schema: { type: 'string' } },
            'Retry-After': { description: 'Seconds, on 429 and 503.', schema: { type: 'integer' } },
          },
          content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
        },
      },
      parameters: PARAMETERS,
      securitySchemes: {
        bearer: {
          type: 'http',
          scheme: 'bearer',
          bearerFormat: 'JWT',
          description: 'An access token, or an API key (`prm_<env>_<id>_<secret>`) with the scope that the call needs.',
        },
        session: { type: 'apiKey', in: 'cookie', name: '__Host-session' },
      },
    },
  }
}

const PARAMETERS: Json = {
  IdempotencyKey: {
    name: 'Idempotency-Key',
    in: 'header',
    description: 'The same key with the same body gives the first answer again, for at least 24 hours.',
    schema: { type: 'string', minLength: 1, maxLength: 255 },
  },
  IfMatch: {
    name: 'If-Match',
    in: 'header',
    description:
      'The ETag of the version that this change is meant for; 412 `stale_version` when there is a newer one.',
    schema: { type: 'string' },
  },
  IfNoneMatch: {
    name: 'If-None-Match',
    in: 'header',
    description: 'The ETag of an earlier answer; 304 when nothing changed.',
    schema: { type: 'string' },
  },
}

const parameter = (name: string): Json => ({ $ref: `#/components/parameters/${name}` })

function operationOf(route: RestRoute, schemas: Record<string, unknown>): Json {
  const { rest, meta, name, input, output } = route
  const isRead = rest.method === 'GET'
  const component = componentName(name)
  const fields = jsonSchemaOf(input, 'input')
  const properties = Object.entries(fields.properties ?? {})
  const required = fields.required ?? []
  const inQuery = isRead || rest.method === 'DELETE'
  const parameters = properties
    .filter(([key]) => route.pathKeys.includes(key) || inQuery)
    .map(([key, schema]) =>
      route.pathKeys.includes(key)
        ? { name: key, in: 'path', required: true, schema }
        : { name: key, in: 'query', required: required.includes(key), schema },
    )
  const body = inQuery ? [] : properties.filter(([key]) => !route.pathKeys.includes(key))
  const bodyRequired = required.filter((key) => !route.pathKeys.includes(key))
  if (body.length) {
    const { required: _, ...open } = fields
    const shape = { ...open, properties: Object.fromEntries(body) }
    schemas[`${component}Body`] = bodyRequired.length ? { ...shape, required: bodyRequired } : shape
  }
  schemas[`${component}Answer`] = jsonSchemaOf(output, 'output')
  return {
    operationId: name,
    summary: rest.summary,
    tags: rest.tags,
    security: meta.access === 'public' ? [] : [{ bearer: [] }, { session: [] }],
    parameters: [...parameters, ...headersOf(route)],
    ...(body.length
      ? {
          requestBody: {
            required: bodyRequired.length > 0,
            content: { 'application/json': { schema: { $ref: `#/components/schemas/${component}Body` } } },
          },
        }
      : {}),
    responses: {
      [String(rest.status ?? 200)]: {
        description: 'Done',
        headers: {
          'X-Request-Id': { schema: { type: 'string' } },
          ...(isRead ? { ETag: { schema: { type: 'string' } } } : {}),
        },
        content: {
          'application/json': { schema: { $ref: `#/components/schemas/${component}Answer` } },
          ...(rest.csvAnswer ? { 'text/csv': { schema: { type: 'string' } } } : {}),
        },
      },
      ...(isRead ? { '304': { description: 'Nothing changed since the ETag of `If-None-Match`.' } } : {}),
      default: PROBLEM,
    },
  }
}

function headersOf({ rest, meta }: RestRoute): Json[] {
  if (rest.method === 'GET') return [parameter('IfNoneMatch')]
  return [
    ...(meta.idempotency === 'none' ? [] : [parameter('IdempotencyKey')]),
    ...(meta.versionField ? [parameter('IfMatch')] : []),
  ]
}

const componentName = (procedure: string) =>
  procedure
    .split('.')
    .map((part) => part.charAt(0).toUpperCase() + part.slice(1))
    .join('')
