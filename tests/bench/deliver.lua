-- wrk script: each request is a delivery that was never seen before, so each one is stored.
-- Arguments: the webhook's token.
local token, thread_number, count = "", 0, 0
local threads = 0

function setup(thread)
  threads = threads + 1
  thread:set("thread_number", threads)
end

function init(args)
  token = args[1]
  wrk.method = "POST"
  wrk.headers["Content-Type"] = "application/json"
end

function request()
  count = count + 1
  local id = thread_number * 100000000 + count
  local body = string.format(
    '{"resource":"call","event":"call.answered","timestamp":1790700231,"token":"%s","data":{"id":%d,"direction":"inbound",' ..
    '"status":"answered","started_at":1790700000,"answered_at":1790700012,"raw_digits":"anonymous","padding":"%s"}}',
    token, id, string.rep("x", 2600))
  return wrk.format(nil, nil, nil, body)
end
