-- wrk script: sends the bodies of a file (one per line) in turn and prints a summary as JSON.
-- Usage: wrk -s post.lua URL -- FILE
-- {32} in the value of a header stands for 32 hexadecimal digits that differ in each request.
local requests = {}
local position = 0
local number = os.time() * 2 ^ 20

-- A request as a list of texts and, for each place in its head, the format of the digits.
local function parts(text)
  local found = {}
  local from = 1
  local ends = text:find("\r\n\r\n", 1, true)
  while true do
    local first, last, digits = text:find("{(%d+)}", from)
    if not first or first > ends then
      break
    end
    table.insert(found, text:sub(from, first - 1))
    table.insert(found, "%0" .. digits .. "x")
    from = last + 1
  end
  table.insert(found, text:sub(from))
  return found
end

function init(arguments)
  local headers = { ["content-type"] = "application/json", ["accept"] = "application/json" }
  for name, value in pairs(wrk.headers) do
    headers[name] = value
  end
  for body in io.lines(arguments[1]) do
    table.insert(requests, parts(wrk.format("POST", nil, headers, body)))
  end
end

function request()
  position = position % #requests + 1
  local found = requests[position]
  if #found == 1 then
    return found[1]
  end
  local made = {}
  for i, part in ipairs(found) do
    if i % 2 == 0 then
      number = number + 1
      made[i] = string.format(part, number)
    else
      made[i] = part
    end
  end
  return table.concat(made)
end

function done(summary, latency, _)
  local errors = summary.errors
  local failed = errors.connect + errors.read + errors.write + errors.status + errors.timeout
  io.write(string.format(
    '\nSUMMARY {"requests": %d, "seconds": %f, "failed": %d, "p50": %f, "p99": %f}\n',
    summary.requests, summary.duration / 1e6, failed,
    latency:percentile(50) / 1000, latency:percentile(99) / 1000))
end
