// The public gRPC API, as any client sees it, with plain JavaScript values for JSON.

import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

import grpc from '@grpc/grpc-js';
import protoLoader from '@grpc/proto-loader';

const PROTOS = fileURLToPath(new URL('../../../../proto', import.meta.url));
const DEADLINE_MS = 60_000;

const definition = protoLoader.loadSync(
  ['account', 'event', 'run', 'secret', 'workflow'].map((service) => `switchboard/v1/${service}.proto`),
  { includeDirs: [PROTOS], keepCase: true, enums: String, longs: Number, defaults: true, oneofs: true });
const services = grpc.loadPackageDefinition(definition).switchboard.v1;
const details = grpc.loadPackageDefinition(
  protoLoader.loadSync(['google/rpc/status.proto', 'google/rpc/error_details.proto'], { includeDirs: [PROTOS], keepCase: true })).google.rpc;

/** The numbers of gRPC's statuses, by name. */
export const { status } = grpc;

/** `google.protobuf.Value` of a JSON value. */
export function toValue(json) {
  if (json === null || json === undefined) return { nullValue: 'NULL_VALUE' };
  if (Array.isArray(json)) return { listValue: { values: json.map(toValue) } };
  if (typeof json === 'object') return { structValue: toStruct(json) };
  return { [{ boolean: 'boolValue', number: 'numberValue', string: 'stringValue' }[typeof json]]: json };
}

/** `google.protobuf.Struct` of an object. */
export function toStruct(object) {
  return { fields: Object.fromEntries(Object.entries(object).map(([key, value]) => [key, toValue(value)])) };
}

/** The head of a field with so many bytes behind it. */
function fieldHead(number, length) {
  const bytes = [number * 8 + 2];
  for (; length > 127; length = Math.floor(length / 128)) bytes.push(length % 128 + 128);
  return Buffer.from([...bytes, length]);
}

const KEY = Buffer.concat([fieldHead(1, 1), Buffer.from('a')]);

/** The bytes of objects within objects, deeper than JavaScript's stack could write, in these fields of a message. */
export function deepField(numbers, levels) {
  const heads = []; // innermost first
  let length = 0;
  const wrap = (head) => {
    heads.push(head);
    length += head.length;
  };
  for (let level = 1; level < levels; ++level) {
    wrap(fieldHead(5, length)); // Value.struct_value
    wrap(fieldHead(2, length)); // the entry's value
    wrap(KEY);
    wrap(fieldHead(1, length)); // Struct.fields
  }
  for (const number of [...numbers].reverse()) wrap(fieldHead(number, length));
  return Buffer.concat(heads.reverse());
}

/** The JSON value of a `google.protobuf.Value`; undefined of one that is absent. */
export function fromValue(value) {
  if (!value) return undefined;
  switch (value.kind) {
    case 'structValue': return fromStruct(value.structValue);
    case 'listValue': return value.listValue.values.map(fromValue);
    case 'nullValue': return null;
    default: return value[value.kind];
  }
}

export function fromStruct(struct) {
  return struct ? Object.fromEntries(Object.entries(struct.fields).map(([key, value]) => [key, fromValue(value)])) : undefined;
}

/** Milliseconds of a `google.protobuf.Timestamp`, with the digits behind the point that it has. */
export const millisOf = (timestamp) => timestamp.seconds * 1000 + timestamp.nanos / 1e6;

/** What the server refused, with the stable code that it gives in `ErrorInfo`. */
export class Refusal extends Error {
  constructor(method, error) {
    super(`${method}: ${error.details || error.message}`);
    this.status = error.code;
    this.code = reasonOf(error);
  }
}

function reasonOf(error) {
  const [packed] = error.metadata?.get('grpc-status-details-bin') ?? [];
  if (!packed) return undefined;
  const { details: parts } = decode(details.Status, packed);
  const info = parts.find((part) => part.type_url.endsWith('google.rpc.ErrorInfo'));
  return info && decode(details.ErrorInfo, info.value).reason;
}

const decode = (message, bytes) => message.deserialize(bytes);

/** The services of one server: `api.RunService.StartRun({...})` gives a promise. */
export class Api {
  #clients = {};
  #metadata = new grpc.Metadata();
  #server;

  constructor(server) {
    this.#server = server;
    const key = fs.readFileSync(path.join(server.dataDir, 'admin.key'), 'utf8').trim();
    this.#metadata.set('authorization', `Bearer ${key}`);
    for (const name of ['AccountService', 'EventService', 'RunService', 'SecretService', 'WorkflowService']) {
      this.#clients[name] = new services[name](server.endpoints.grpc, grpc.credentials.createInsecure());
      this[name] = this.#unaryMethods(name);
    }
  }

  #unaryMethods(service) {
    const client = this.#clients[service];
    const methods = {};
    for (const [method, { responseStream }] of Object.entries(services[service].service)) {
      if (responseStream) continue;
      methods[method] = (request) => new Promise((resolve, reject) => {
        const options = { deadline: Date.now() + DEADLINE_MS };
        client[method](request, this.#metadata, options, (error, answer) =>
          this.#end(method, error, answer, resolve, reject));
      });
    }
    return methods;
  }

  /** Whatever is answered must tell no secret: the server's process searches it at its end. */
  #end(method, error, answer, resolve, reject) {
    this.#server.hear(`${JSON.stringify(answer ?? '')}${error?.details ?? ''}\n`);
    return error ? reject(new Refusal(method, error)) : resolve(answer);
  }

  /** Calls a method with more bytes behind the request: in protobuf they are merged into it. */
  callWith(service, method, request, more) {
    const { path: name, requestSerialize, responseDeserialize } = services[service].service[method];
    const serialize = (message) => Buffer.concat([requestSerialize(message), more]);
    const options = { deadline: Date.now() + DEADLINE_MS };
    return new Promise((resolve, reject) => {
      this.#clients[service].makeUnaryRequest(name, serialize, responseDeserialize, request, this.#metadata, options, (error, answer) =>
        this.#end(method, error, answer, resolve, reject));
    });
  }

  /** Follows a run until `isThere(run)` holds or it has ended; gives the run as it then stands. */
  watchRun(run, isThere) {
    const stream = this.#clients.RunService.WatchRun({ run }, this.#metadata, { deadline: Date.now() + DEADLINE_MS });
    let last;
    return new Promise((resolve, reject) => {
      stream.on('data', (message) => {
        last = message.run;
        this.#server.hear(`${JSON.stringify(message)}\n`);
        if (!isThere(last)) return;
        resolve(last);
        stream.cancel();
      });
      stream.on('end', () => resolve(last));
      stream.on('error', (error) => reject(new Refusal(`WatchRun, which last saw ${JSON.stringify(last?.state)}`, error)));
    });
  }

  close() {
    for (const client of Object.values(this.#clients)) client.close();
  }
}
