-- wrk script: sends the bodies of a file (one per line) in turn and prints a summary as JSON.
-- Usage: wrk -s post.lua URL -- FILE
local requests = {}
local position = 0

function init(arguments)
  local headers = { ["content-type"] = "application/json", ["accept"] = "application/json" }
  for name, value in pairs(wrk.headers) do
    headers[name] = value
  end
  for body in io.lines(arguments[1]) do
    table.insert(requests, wrk.format("POST", nil, headers, body))
  end
end

function request()
  position = position % #requests + 1
  return requests[position]
end

function done(summary, latency, _)
  local errors = summary.errors
  local failed = errors.connect + errors.read + errors.write + errors.status + errors.timeout
  io.write(string.format(
    '\nSUMMARY {"requests": %d, "seconds": %f, "failed": %d, "p50": %f, "p99": %f}\n',
    summary.requests, summary.duration / 1e6, failed,
    latency:percentile(50) / 1000, latency:percentile(99) / 1000))
end
