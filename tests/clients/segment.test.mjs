// What Switchboard sends to Segment, as tests/golden/segment/batch.json has it (a C++ test holds the program to that
// file), against a library that Segment publishes: its own checks of an event, its limits, and what it sends to a
// receiver itself.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import http from 'node:http';
import { after, before, describe, it } from 'node:test';

import { Analytics } from '@segment/analytics-node';
import { validateEvent } from '@segment/analytics-core';

const ours = JSON.parse(readFileSync(new URL('../golden/segment/batch.json', import.meta.url), 'utf8'));

// Of the library: 32 KB an event, 480 KB a batch.
const MOST_EVENT = 32 * 1024;
const MOST_BATCH = 480 * 1024;

let receiver;
let theirs;

/** The library hands two events to a receiver of ours. */
before(async () => {
  let taken;
  const took = new Promise((resolve) => { taken = resolve; });
  receiver = http.createServer((request, response) => {
    let body = '';
    request.on('data', (piece) => { body += piece; });
    request.on('end', () => {
      response.writeHead(200, { 'Content-Type': 'application/json' });
      response.end('{"success": true}');
      taken({ method: request.method, path: request.url, headers: request.headers, body: JSON.parse(body) });
    });
  });
  await new Promise((resolve) => receiver.listen(0, '127.0.0.1', resolve));
  const analytics = new Analytics({
    writeKey: 'the write key',
    host: `http://127.0.0.1:${receiver.address().port}`,
    flushAt: 2,
  });
  analytics.track({ userId: '99', event: 'call.ended', properties: { id: 42 } });
  analytics.track({ anonymousId: 'somebody', event: 'contact.created', properties: { id: 5 } });
  theirs = await took;
  await analytics.closeAndFlush();
});

after(() => receiver?.close());

describe('a batch for Segment', () => {
  it('goes the way of the library', () => {
    const url = new URL(ours.url);
    assert.equal(ours.method, theirs.method);
    assert.equal(url.pathname, theirs.path);
    assert.equal(url.protocol, 'https:');
  });

  it('has what the library has around its messages', () => {
    assert.ok(Array.isArray(theirs.body.batch) && Array.isArray(ours.body.batch));
    assert.equal(typeof ours.body.sentAt, typeof theirs.body.sentAt);
    assert.ok(!Number.isNaN(Date.parse(ours.body.sentAt)));
    // The key is in the header here, as the documentation of the API has it, and in the body there.
    const key = Buffer.from(ours.authorization.replace('Basic ', ''), 'base64').toString();
    assert.equal(key, `${theirs.body.writeKey}:`);
  });

  it('has messages that pass the checks of the library', () => {
    for (const message of ours.body.batch) {
      validateEvent(message);
      assert.ok(typeof message.userId === 'string' || typeof message.anonymousId === 'string');
    }
  });

  it('has messages with all that those of the library have', () => {
    // What the library says of itself and of destinations that it was told of.
    const own = new Set(['integrations', '_metadata']);
    for (const [index, message] of theirs.body.batch.entries()) {
      for (const [name, value] of Object.entries(message)) {
        if (own.has(name)) continue;
        const same = ours.body.batch[index][name];
        assert.equal(typeof same, typeof value, `${name} of ${JSON.stringify(ours.body.batch[index])}`);
      }
      assert.equal(ours.body.batch[index].type, message.type);
      assert.equal(ours.body.batch[index].event, message.event);
      assert.equal(new Date(ours.body.batch[index].timestamp).toISOString(), ours.body.batch[index].timestamp);
    }
  });

  it('stays below the limits of the library', () => {
    for (const message of ours.body.batch) assert.ok(JSON.stringify(message).length < MOST_EVENT);
    assert.ok(JSON.stringify(ours.body).length < MOST_BATCH);
    // What connectors/segment/sink.yaml allows is no more.
    const sink = readFileSync(new URL('../../connectors/segment/sink.yaml', import.meta.url), 'utf8');
    const [, bytes, eventBytes] = /bytes: (\d+), event_bytes: (\d+)/.exec(sink);
    assert.ok(Number(bytes) <= MOST_BATCH && Number(eventBytes) <= MOST_EVENT);
  });
});
